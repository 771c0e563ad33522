/**
 * A plugin for Web Test Runner that bundles the browser tests and their workers, with some 20 files a page instead of 300.
 */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { build } from 'esbuild';

/** Folders of scripts that are loaded by URL. */
const FOLDERS = ['test/browser', 'src/worker', 'src/audio'];
const IS_ENTRY = /\.(test|worker|worklet)\.ts$/;
/** Outputs that the server has under the names of their sources. */
const IS_OUTPUT = /(\.(?:test|worker|worklet))\.js$/;

/** @param {string} rootDir @returns {import('@web/dev-server-core').Plugin} */
export function bundledTests(rootDir) {
  /** Paths on the server and what to serve there. */
  const files = new Map();
  return {
    name: 'bundled-tests',
    async serverStart() {
      for (const [path, text] of await bundle(rootDir)) files.set(path, text);
    },
    serve({ path }) {
      const body = files.get(path);
      if (body === undefined) return undefined;
      const headers = path.startsWith('/chunk-') ? { 'cache-control': 'max-age=3600' } : {}; // named by content
      return { body, type: path.endsWith('.map') ? 'json' : 'js', headers };
    },
  };
}

async function bundle(rootDir) {
  const { outputFiles } = await build({
    absWorkingDir: rootDir,
    entryPoints: FOLDERS.flatMap((folder) => entriesOf(rootDir, folder)),
    outbase: rootDir,
    outdir: rootDir,
    write: false,
    bundle: true,
    ignoreAnnotations: true, // `sideEffects` of package.json describes dist/
    format: 'esm',
    target: 'es2022',
    splitting: true,
    sourcemap: 'linked',
    define: { 'process.env.NODE_ENV': '"production"' }, // React, of an editor
    conditions: ['browser', 'production', 'default'],
    plugins: [keepUrls(rootDir)],
  });
  return outputFiles.map(({ path, text }) => [`/${relative(rootDir, path).replace(IS_OUTPUT, '$1.ts')}`, text]);
}

/** Node 20 expands no globs. */
function entriesOf(rootDir, folder) {
  const files = readdirSync(join(rootDir, folder), { recursive: true });
  return files.filter((file) => IS_ENTRY.test(file)).map((file) => join(folder, file));
}

/** Gives `import.meta.url` the value that it has in the unbundled module, and leaves the runner's own modules to the runner. */
function keepUrls(rootDir) {
  return {
    name: 'keep-urls',
    setup(builder) {
      builder.onResolve({ filter: /^\/__web/ }, ({ path }) => ({ path, external: true }));
      // Reads files in Node; a page never imports it.
      builder.onResolve({ filter: /FileBlob/ }, ({ path }) => ({ path, external: true }));
      builder.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const text = await readFile(path, 'utf8');
        const url = JSON.stringify(`/${relative(rootDir, path)}`);
        return { contents: text.replaceAll('import.meta.url', `new URL(${url}, origin).href`), loader: 'ts' };
      });
    },
  };
}
