/** Looks up the exported types and constants of the sources, for the tables of docs/api.md. Parses only; nothing is type-checked. */
import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';

/**
 * @typedef {{ name: string, type: string, optional: boolean, description: string }} Field
 * @typedef {{ description: string, fields: Field[], bases: { name: string, omitted: string[] }[] }} ObjectType
 * @typedef {{ description: string, text: string }} Alias
 * @typedef {{ name: string, optional?: true, type: { text: string } }} Parameter
 * @typedef {{ description: string, parameters: string, parameterList: Parameter[], returns: string }} FunctionType
 */

/** Longer aliases are left as they are. */
const LONGEST_INLINE = 100;

/** Aliases of the platform whose values an attribute takes. @type {Readonly<Record<string, string>>} */
const OF_THE_DOM = { TextTrackMode: "'disabled' | 'hidden' | 'showing'" };

/** The exported names of some source files. Of two files that export one name, the last wins. */
export class SourceTypes {
  /** @type {Map<string, ObjectType>} */
  objects = new Map();
  /** Aliases that are not objects, such as `'captions' | 'transcript' | 'button'`. @type {Map<string, Alias>} */
  aliases = new Map();
  /** @type {Map<string, string>} */
  constants = new Map();
  /** Constant objects of strings. @type {Map<string, Record<string, string>>} */
  records = new Map();
  /** @type {Map<string, FunctionType>} */
  functions = new Map();

  /** @param {readonly string[]} files */
  constructor(files) {
    for (const file of files) {
      const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
      for (const statement of source.statements) {
        if (ts.getCombinedModifierFlags(statement) & ts.ModifierFlags.Export) this.#add(statement);
      }
    }
  }

  /**
   * `text` with short aliases written out: `Mode` becomes `'captions' | 'transcript' | 'button'`.
   * @param {string} text @param {ReadonlySet<string>} [except] names that stay
   * @returns {string}
   */
  spellOut(text, except = new Set()) {
    return text.replace(/\b[A-Z]\w*\b/g, (name) => {
      const alias = OF_THE_DOM[name] ?? this.#discriminants(this.aliases.get(name)?.text ?? '');
      const isInline = alias !== '' && alias.length <= LONGEST_INLINE && !/\[|typeof/.test(alias);
      return isInline && !except.has(name) ? this.spellOut(alias, except) : name;
    });
  }

  /** `Status['name']` becomes the union of the names that the members of `Status` have. @param {string} text */
  #discriminants(text) {
    const [, union, key] = /^(\w+)\['(\w+)'\]$/.exec(text) ?? [];
    const members = this.aliases.get(union)?.text ?? '';
    const values = [...members.matchAll(new RegExp(`readonly ${key}: ([^;}]+)`, 'g'))].map((match) => match[1].trim());
    return values.length > 0 ? values.join(' | ') : text;
  }

  /** @param {ts.Statement} node */
  #add(node) {
    if (ts.isInterfaceDeclaration(node) || (ts.isClassDeclaration(node) && node.name)) {
      const bases = ts.isInterfaceDeclaration(node) ? basesOf(node) : [];
      this.objects.set(node.name.text, { description: docOf(node), fields: fieldsOf(node.members), bases });
    } else if (ts.isTypeAliasDeclaration(node)) {
      const { type } = node;
      const description = docOf(node);
      if (ts.isTypeLiteralNode(type))
        this.objects.set(node.name.text, { description, fields: fieldsOf(type.members), bases: [] });
      else this.aliases.set(node.name.text, { description, text: textOf(type) });
    } else if (ts.isFunctionDeclaration(node) && node.name) {
      this.functions.set(node.name.text, {
        description: docOf(node),
        parameters: node.parameters.map((one) => signatureOf(one)).join(', '),
        parameterList: node.parameters.map(({ name, type, questionToken, initializer }) => ({
          name: name.getText(),
          ...((questionToken || initializer) && { optional: true }),
          type: { text: textOf(type) },
        })),
        returns: textOf(node.type),
      });
    } else if (ts.isVariableStatement(node)) {
      for (const { name, initializer } of node.declarationList.declarations) {
        const value = initializer && withoutAssertions(initializer);
        if (value && ts.isLiteralExpression(value)) this.constants.set(name.getText(), value.getText());
        if (value && ts.isObjectLiteralExpression(value)) this.records.set(name.getText(), stringsOf(value));
      }
    }
  }
}

/** Folders whose exported types may appear in the element's API. */
const FOLDERS = ['src/audio', 'src/text', 'src/protocol', 'src/client', 'src/element'];

/** The types that the element's API may name. @param {string} root with a slash at the end */
export function apiTypes(root) {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .sort()
      .map((file) => `${root}${folder}/${file}`),
  );
  return new SourceTypes([...files, `${root}src/errors.ts`]);
}

/** What `extends A, Omit<B, 'c'>` names. @param {ts.InterfaceDeclaration} node @returns {{ name: string, omitted: string[] }[]} */
function basesOf({ heritageClauses = [] }) {
  return heritageClauses
    .flatMap(({ types }) => [...types])
    .map(({ expression, typeArguments }) => {
      const name = expression.getText();
      if (name !== 'Omit') return { name, omitted: [] };
      const omitted = [...typeArguments[1].getText().matchAll(/'(\w+)'/g)].map((match) => match[1]);
      return { name: typeArguments[0].getText(), omitted };
    });
}

/** The value in `value as const satisfies T`. @param {ts.Expression} node */
function withoutAssertions(node) {
  return ts.isAsExpression(node) || ts.isSatisfiesExpression(node) ? withoutAssertions(node.expression) : node;
}

/** Properties whose value is a string, or the name of a string constant in the same file. @param {ts.ObjectLiteralExpression} node */
function stringsOf(node) {
  const constants = new Map();
  for (const statement of node.getSourceFile().statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (initializer && ts.isStringLiteral(initializer)) constants.set(name.getText(), initializer.text);
    }
  }
  const entries = node.properties.filter(ts.isPropertyAssignment).map(({ name, initializer }) => {
    const key = ts.isStringLiteral(name) ? name.text : name.getText();
    return [key, ts.isStringLiteral(initializer) ? initializer.text : constants.get(initializer.getText())];
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** `options?: InstallOptions` for a parameter that is optional or has a default. @param {ts.ParameterDeclaration} node */
function signatureOf({ name, type, questionToken, initializer }) {
  return `${name.getText()}${questionToken || initializer ? '?' : ''}: ${textOf(type)}`;
}

/**
 * Public properties only: methods, statics and private names are left out.
 * @param {readonly ts.Node[]} members
 * @returns {Field[]}
 */
function fieldsOf(members) {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected | ts.ModifierFlags.Static;
  return members
    .filter((node) => ts.isPropertySignature(node) || ts.isPropertyDeclaration(node) || ts.isGetAccessor(node))
    .filter((node) => !ts.isPrivateIdentifier(node.name) && !(ts.getCombinedModifierFlags(node) & hidden))
    .map((node) => ({
      name: node.name.getText(),
      type: node.type ? textOf(node.type) : textOf(node.initializer),
      optional: node.questionToken !== undefined,
      description: docOf(node),
    }));
}

/** @param {ts.Node | undefined} node */
function textOf(node) {
  return (node?.getText() ?? '').replace(/\s+/g, ' ').replace(/^\| /, '');
}

/** @param {ts.Node} node */
function docOf(node) {
  const [doc] = ts.getJSDocCommentsAndTags(node).slice(-1);
  return (ts.getTextOfJSDocComment(doc?.comment) ?? '').replace(/\s+/g, ' ').trim();
}
