/** The files that the package ships to browsers: Rollup's outputs, built in memory, and the modules in them. */
import { SourceMap } from 'node:module';
import { join, resolve } from 'node:path';
import { rollup } from 'rollup';

/**
 * @typedef {{ file: string, code: string, modules: string[], inWorker: boolean, placeOf(line: number, column: number): { file: string, line: number } }} Bundle
 *   `modules`: absolute paths; `placeOf`: the source of a place in `code`, both counted from 0
 * @param {string} root of the project, which is the working directory
 * @returns {Promise<Bundle[]>}
 */
export async function bundles(root) {
  const { default: configs } = await import('../../rollup.config.mjs');
  const built = [];
  for (const config of configs.filter(isForBrowsers)) {
    const bundle = await rollup(fromSources(config));
    try {
      const { output } = await bundle.generate({ ...config.output, sourcemap: true });
      for (const chunk of output) if (chunk.type === 'chunk') built.push(describe(chunk, root));
    } finally {
      await bundle.close();
    }
  }
  return built;
}

/** Without the classic script, which has the same code as the script-tag bundle in another wrapper. */
const isForBrowsers = ({ input, output }) => !String(input).startsWith('src/cli') && output.format === 'es';

/** The script-tag bundle is built from dist/index.js; built from the sources it has the same modules, including Lit. */
function fromSources(config) {
  if (config.input !== 'dist/index.js') return config;
  return {
    ...config,
    input: 'src/index.ts',
    external: [],
    plugins: config.plugins.filter(({ writeBundle }) => !writeBundle),
  };
}

function describe({ fileName, code, map, modules }, root) {
  const sourceMap = new SourceMap(map);
  const name = `dist/${fileName}`;
  return {
    file: name,
    code,
    inWorker: /work(er|let)\.js$/.test(name),
    modules: Object.entries(modules).flatMap(([id, { renderedLength }]) =>
      renderedLength > 0 && id.startsWith(root) ? [id] : [],
    ),
    placeOf: (line, column) => {
      const { originalSource, originalLine } = sourceMap.findEntry(line, column);
      if (originalSource === undefined) return { file: name, line: line + 1 };
      return { file: resolve(join(root, 'dist'), originalSource), line: originalLine + 1 };
    },
  };
}
