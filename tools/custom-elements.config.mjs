/** How the element's manifest is made of its sources: the paths are the package's, and every name has its own entry. */

/** In one tag of the element's comment, further names follow as "`name`: what it is." or "`--name=default`: what it is." */
const FURTHER = /`([\w-]+)(?:=([^`]+))?`: /g;

/** @param {{ name: string, description?: string, default?: string }[]} entries */
function unfold(entries = []) {
  return entries.flatMap((entry) => {
    const text = entry.description ?? '';
    const found = [...text.matchAll(FURTHER)];
    const end = (index) => found[index]?.index ?? text.length;
    const first = { ...entry, description: text.slice(0, end(0)).trim() };
    return [
      first,
      ...found.map((match, index) => ({
        name: match[1],
        ...(match[2] && { default: match[2] }),
        description: sentence(text.slice(match.index + match[0].length, end(index + 1)).trim()),
      })),
    ];
  });
}

function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What a page cannot reach is not part of what the element is. */
const isPublic = ({ name, privacy = 'public' }) => privacy === 'public' && !name.startsWith('#');

const namesThePackage = {
  name: 'names-the-package',
  packageLinkPhase({ customElementsManifest: manifest }) {
    for (const module of manifest.modules) {
      module.path = 'dist/element.js';
      for (const declaration of module.declarations) {
        declaration.members = declaration.members?.filter(isPublic);
        for (const list of ['cssParts', 'cssProperties', 'cssStates']) declaration[list] = unfold(declaration[list]);
        // The platform's class is what a reader can look up; ours between them only types the events.
        declaration.superclass = { name: 'LitElement', package: 'lit' };
      }
      for (const exported of module.exports) exported.declaration.module = 'dist/element.js';
    }
    const [element] = manifest.modules.flatMap(({ declarations }) => declarations);
    const declaration = { name: element.name, module: 'dist/element.js' };
    manifest.modules.push({
      kind: 'javascript-module',
      path: 'dist/index.js',
      declarations: [],
      exports: [{ kind: 'custom-element-definition', name: element.tagName, declaration }],
    });
  },
};

export default {
  globs: ['src/element/kyutai-stt-element.ts'],
  outdir: 'dist',
  litelement: true,
  packagejson: false,
  plugins: [namesThePackage],
};
