/** The tables of the API reference, as data: made from the custom elements manifest and the types it names. */

/**
 * @typedef {{ title: string, id: string, text: string, columns: string[], rows: string[][] }} Table
 *   Cells and `text` are Markdown: code in backticks, links to other tables as `[Name](#id)`.
 */

/** Types without a table: too many fields, or only for hosts that bring their own worker. */
const NOT_LISTED = new Set(['StringOverrides', 'KyutaiSttElement', 'ConnectOptions', 'Connection', 'Status']);

/**
 * @param {any} element the element's declaration in the manifest
 * @param {import('./types.mjs').SourceTypes} types
 * @returns {Table[]}
 */
export function apiTables(element, types) {
  const links = new TypeLinks(types);
  const { members } = element;
  const fields = members.filter(({ kind }) => kind === 'field');
  const methods = members.filter(({ kind }) => kind === 'method');
  const attributes = element.attributes.map((attribute) => {
    const field = fields.find(({ attribute: name }) => name === attribute.name);
    return [
      code(attribute.name),
      field ? code(field.name) : '',
      links.type(attribute.type?.text ?? ''),
      defaultOf(attribute),
      attribute.description,
    ];
  });

  const methodRow = (method) => [
    links.type(signature(method)),
    links.type(method.return?.type.text ?? 'void'),
    method.description,
  ];

  const tables = [
    table('Attributes', ['attribute', 'property', 'type', 'default', 'description'], attributes),
    table(
      'Properties',
      ['property', 'type', 'description'],
      fields
        .filter(({ attribute, static: isStatic }) => !attribute && !isStatic)
        .map(({ name, type, readonly, description }) => [
          `${code(name)}${readonly ? ' (read-only)' : ''}`,
          links.type(type?.text ?? ''),
          description,
        ]),
    ),
    table(
      'Methods',
      ['method', 'returns', 'description'],
      methods.filter(({ static: isStatic }) => !isStatic).map(methodRow),
    ),
    table(
      'Static methods',
      ['method', 'returns', 'description'],
      methods.filter(({ static: isStatic }) => isStatic).map(methodRow),
      `Of the class \`${element.name}\`.`,
    ),
    table(
      'Events',
      ['event', '`detail`', 'description'],
      element.events.map(({ name, type, description }) => {
        const detail = /^CustomEvent<(.*)>$/.exec(type.text)?.[1];
        return [code(name), detail === undefined || detail === 'null' ? 'none' : links.type(detail), description];
      }),
    ),
    table('Slots', ['slot', 'content'], named(element.slots, '(default)')),
    table('Parts', ['part', 'description'], named(element.cssParts)),
    table(
      'CSS custom properties',
      ['property', 'default', 'description'],
      element.cssProperties.map(({ name, default: value, description }) => [
        code(name),
        value === undefined ? '' : code(value),
        description,
      ]),
    ),
    table(
      'States',
      ['state', 'description'],
      element.cssStates.map(({ name, description }) => [code(`:state(${name})`), description]),
    ),
  ];
  return [...tables, ...links.tables()];
}

/** @param {Readonly<Record<string, string>>} remedies by error code */
export function errorTable(remedies) {
  const rows = Object.entries(remedies).map(([name, remedy]) => [code(name), remedy]);
  return table(
    'Error codes',
    ['code', 'remedy'],
    rows,
    'The `code` of an `SttError`, and the sentence for the visitor.',
  );
}

function signature({ name, parameters = [] }) {
  const listed = parameters.map(
    ({ name: parameter, optional, type }) => `${parameter}${optional ? '?' : ''}: ${type?.text ?? 'unknown'}`,
  );
  return `${name}(${listed.join(', ')})`;
}

function defaultOf({ default: value = '' }) {
  const text = value.replace(/^'(.*)'$/, '$1');
  return text === '' ? '' : code(text);
}

function named(entries, unnamed = '') {
  return entries.map(({ name, description }) => [name === '' ? unnamed : code(name), description]);
}

/** @returns {Table} */
function table(title, columns, rows, text = '') {
  const id = title.toLowerCase().replaceAll(' ', '-');
  return { title, id, text, columns, rows: rows.map((cells) => cells.map((cell = '') => cell.replace(/\s+/g, ' '))) };
}

function code(text) {
  return `\`${text}\``;
}

/** Whether a cell such as `name?` in backticks is the field's. */
function isField(cell, name) {
  return cell === code(name) || cell === code(`${name}?`);
}

/** Writes types with links to their sections, and collects the types that were linked to. */
class TypeLinks {
  #types;
  /** In the order in which they were first named. @type {Set<string>} */
  #named = new Set();

  constructor(types) {
    this.#types = types;
  }

  /** Markdown for a type: short aliases are written out, other exported types become links. @param {string} text */
  type(text) {
    const plain = this.#types.spellOut(text.replaceAll('readonly ', ''), NOT_LISTED);
    return plain
      .split(/\b([A-Z]\w*)\b(?!['-])/)
      .map((part) => (this.#isListed(part) ? this.#link(part) : part && code(part)))
      .join('')
      .replaceAll('``', '');
  }

  /** A section for each type that was linked to, and for those that these link to. @returns {Table[]} */
  tables() {
    const tables = [];
    // A set visits what is added while it is iterated.
    for (const name of this.#named) {
      const alias = this.#types.aliases.get(name);
      if (alias === undefined) {
        const { description } = this.#types.objects.get(name);
        tables.push(table(name, ['field', 'type', 'description'], this.#fieldRows(name), description));
      } else {
        const text = [alias.description, this.type(alias.text)].filter(Boolean).join(' ');
        tables.push(table(name, [], [], text));
      }
    }
    return tables;
  }

  /** The fields of the bases come first; a field of the same name replaces theirs. @param {string} name */
  #fieldRows(name) {
    const { fields, bases } = this.#types.objects.get(name);
    const own = fields.map((field) => [
      code(`${field.name}${field.optional ? '?' : ''}`),
      this.type(field.type),
      field.description,
    ]);
    const inherited = bases
      .filter((base) => this.#types.objects.has(base.name))
      .flatMap((base) =>
        this.#fieldRows(base.name).filter(([title]) => !base.omitted.some((one) => isField(title, one))),
      );
    return [...inherited.filter(([title]) => !own.some(([other]) => other === title)), ...own];
  }

  #isListed(name) {
    if (NOT_LISTED.has(name)) return false;
    return name === 'SttErrorCode' || this.#types.objects.has(name) || this.#types.aliases.has(name);
  }

  #link(name) {
    if (name === 'SttErrorCode') return `[${code(name)}](#error-codes)`;
    this.#named.add(name);
    return `[${code(name)}](#${name.toLowerCase()})`;
  }
}
