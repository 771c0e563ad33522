/** Writes what editors read beside dist/custom-elements.json: custom data for VS Code, web-types for JetBrains. */
import { readFileSync, writeFileSync } from 'node:fs';

const dist = new URL('../../dist/', import.meta.url);
const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));

const { name, version } = read('../../package.json');
const manifest = read('../../dist/custom-elements.json');
const [element] = manifest.modules.flatMap(({ declarations }) => declarations);

/** The values of a union of strings; undefined for other types. @param {string | undefined} type */
function valuesOf(type) {
  const parts = type?.split('|').map((part) => part.trim()) ?? [];
  return parts.length > 1 && parts.every((part) => /^'.*'$/.test(part))
    ? parts.map((part) => part.slice(1, -1))
    : undefined;
}

const isBoolean = ({ type }) => type?.text === 'boolean';

write('vscode.html-custom-data.json', {
  version: 1.1,
  tags: [
    {
      name: element.tagName,
      description: element.description,
      attributes: element.attributes.map((attribute) => ({
        name: attribute.name,
        description: attribute.description,
        ...(isBoolean(attribute) && { valueSet: 'v' }),
        ...(valuesOf(attribute.type?.text) && {
          values: valuesOf(attribute.type.text).map((value) => ({ name: value })),
        }),
      })),
    },
  ],
});

const described = ({ name: of, description }) => ({ name: of, description });

write('web-types.json', {
  $schema: 'https://raw.githubusercontent.com/JetBrains/web-types/master/schema/web-types.json',
  name,
  version,
  'description-markup': 'markdown',
  contributions: {
    html: {
      elements: [
        {
          name: element.tagName,
          description: element.description,
          attributes: element.attributes.map((attribute) => ({
            ...described(attribute),
            ...(attribute.default && { default: attribute.default.replace(/^'(.*)'$/, '$1') }),
            value: isBoolean(attribute)
              ? { kind: 'no-value', type: 'boolean' }
              : {
                  type:
                    valuesOf(attribute.type?.text)?.map((value) => `"${value}"`) ?? attribute.type?.text ?? 'string',
                },
          })),
          slots: element.slots.map(described),
          js: {
            properties: element.members
              .filter(({ kind, static: isStatic }) => kind === 'field' && !isStatic)
              .map((member) => ({ ...described(member), type: member.type?.text ?? 'unknown' })),
            events: element.events.map((event) => ({ ...described(event), type: event.type.text })),
          },
          css: {
            properties: element.cssProperties.map(described),
            parts: element.cssParts.map(described),
          },
        },
      ],
    },
  },
});

function write(file, data) {
  writeFileSync(new URL(file, dist), `${JSON.stringify(data, null, 2)}\n`);
}
