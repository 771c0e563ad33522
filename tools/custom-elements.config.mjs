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

const TAG = 'kyutai-stt';
const LISTS = ['members', 'attributes', 'events', 'slots', 'cssParts', 'cssProperties', 'cssStates'];

/** What an element inherits is its own: the classes between it and Lit's are how it is written, not what it is. */
const namesThePackage = {
  name: 'names-the-package',
  packageLinkPhase({ customElementsManifest: manifest }) {
    const all = manifest.modules.flatMap(({ declarations }) => declarations);
    const element = all.find(({ tagName }) => tagName === TAG);
    element.members = element.members.filter(isPublic);
    // What only hands events on dispatches them by a variable; each has a tag of its own.
    element.events = element.events.filter(({ description }) => description);
    for (const list of ['cssParts', 'cssProperties', 'cssStates']) element[list] = unfold(element[list]);
    for (const entry of LISTS.flatMap((list) => element[list] ?? [])) delete entry.inheritedFrom;
    element.superclass = { name: 'LitElement', package: 'lit' };
    const declaration = { name: element.name, module: 'dist/element.js' };
    manifest.modules = [
      {
        kind: 'javascript-module',
        path: 'dist/element.js',
        declarations: [element],
        exports: [{ kind: 'js', name: element.name, declaration }],
      },
      {
        kind: 'javascript-module',
        path: 'dist/index.js',
        declarations: [],
        exports: [{ kind: 'custom-element-definition', name: TAG, declaration }],
      },
    ];
  },
};

export default {
  globs: ['src/element/**/*.ts'],
  outdir: 'dist',
  litelement: true,
  packagejson: false,
  plugins: [namesThePackage],
};
