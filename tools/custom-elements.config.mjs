/** Configuration of the custom elements manifest: paths of the package, public members only, one entry per name. */

import { fileURLToPath } from 'node:url';
import { resolveNames } from './api/resolve.mjs';
import { apiTypes } from './api/types.mjs';

/** Leaves out private members, lifecycle callbacks and what every element has. */
const isPublic = ({ name, privacy = 'public' }) =>
  privacy === 'public' && !/^#|Callback$|^(addEventListener|role|styles|formAssociated|observedAttributes)$/.test(name);

/** Members that every form control has; the sources do not describe them again. */
const OF_FORMS = ['form', 'labels', 'validity', 'willValidate', 'checkValidity', 'reportValidity'];

const TAG = 'kyutai-stt';
const LISTS = ['members', 'attributes', 'events', 'slots', 'cssParts', 'cssProperties', 'cssStates'];

/** Keeps the element's declaration alone and lists inherited members as its own: the base classes are internal. */
const publishesTheElement = {
  name: 'publishes-the-element',
  packageLinkPhase({ customElementsManifest: manifest }) {
    const all = manifest.modules.flatMap(({ declarations }) => declarations);
    const element = all.find(({ tagName }) => tagName === TAG);
    element.members = element.members.filter(isPublic);
    for (const member of element.members) {
      if (OF_FORMS.includes(member.name)) member.description ??= 'As on every form control of the platform.';
    }
    // Events without a description are dispatched through a variable; the `@event` tags list every event.
    element.events = element.events.filter(({ description }) => description);
    resolveNames(element, apiTypes(fileURLToPath(new URL('../', import.meta.url))));
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
  plugins: [publishesTheElement],
};
