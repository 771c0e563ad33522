/** Source maps of dist/: to the TypeScript sources, also of what is built from dist/, without the generated WASM and shaders. */
import { existsSync, readFileSync } from 'node:fs';

/** An entry that is built from another output passes that one's map on. */
export const readsSourceMaps = {
  name: 'reads-source-maps',
  load(id) {
    if (!/\/dist\/[\w.-]+\.js$/.test(id) || id.includes('/node_modules/') || !existsSync(`${id}.map`)) return null;
    const code = readFileSync(id, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
    return { code, map: JSON.parse(readFileSync(`${id}.map`, 'utf8')) };
  },
};

/** The kernels and models of build/ are data; their text would double the size of the maps. */
const GENERATED = /(^|\/)build\//;

export const withoutGeneratedSources = {
  name: 'without-generated-sources',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== 'asset' || !file.fileName.endsWith('.js.map')) continue;
      const map = JSON.parse(String(file.source));
      map.sourcesContent = map.sourcesContent.map((text, i) => (GENERATED.test(map.sources[i]) ? null : text));
      file.source = JSON.stringify(map);
    }
  },
};
