/** How the element's manifest is made of its sources: the paths are the package's, and every name has its own entry. */

/** In one tag of the element's comment, further names follow as "`name`: what it is.", "`--name=default`: …" or "`one`, `other`: …". */
const FURTHER = /((?:`[\w-]+`, )*)`([\w-]+)(?:=([^`]+))?`: /g;

/** @param {{ name: string, description?: string, default?: string }[]} entries */
function unfold(entries = []) {
  return entries.flatMap((entry) => {
    const text = entry.description ?? '';
    const found = [...text.matchAll(FURTHER)];
    const end = (index) => found[index]?.index ?? text.length;
    const first = { ...entry, description: text.slice(0, end(0)).trim() };
    const further = found.flatMap((match, index) => {
      const description = sentence(text.slice(match.index + match[0].length, end(index + 1)).trim());
      const others = [...match[1].matchAll(/`([\w-]+)`/g)].map(([, name]) => ({ name, description }));
      return [...others, { name: match[2], ...(match[3] && { default: match[3] }), description }];
    });
    return [first, ...further];
  });
}

function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What a page cannot reach, or every element has, or only the browser calls, is not part of what this element is. */
const isPublic = ({ name, privacy = 'public', static: ofClass }) =>
  privacy === 'public' && !ofClass && !/^#|Callback$|^(addEventListener|role)$/.test(name);

/** Members that mean the same on every form control, so that nobody describes them again. */
const OF_FORMS = ['form', 'labels', 'validity', 'willValidate', 'checkValidity', 'reportValidity'];

const TAG = 'kyutai-stt';
const LISTS = ['members', 'attributes', 'events', 'slots', 'cssParts', 'cssProperties', 'cssStates'];

/** What an element inherits is its own: the classes between it and Lit's are how it is written, not what it is. */
const namesThePackage = {
  name: 'names-the-package',
  packageLinkPhase({ customElementsManifest: manifest }) {
    const all = manifest.modules.flatMap(({ declarations }) => declarations);
    const element = all.find(({ tagName }) => tagName === TAG);
    element.members = element.members.filter(isPublic);
    for (const member of element.members) {
      if (OF_FORMS.includes(member.name)) member.description ??= 'As on every form control of the platform.';
    }
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
