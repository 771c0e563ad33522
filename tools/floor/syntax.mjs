/** Finds syntax in a built script that is newer than the oldest browsers, also in regular expressions. */
import { RegExpParser, visitRegExpAST } from '@eslint-community/regexpp';
import ts from 'typescript';
import { featuresBelow, missingIn } from './compat.mjs';

const TREES = ['operators', 'statements', 'classes', 'functions', 'grammar', 'regular_expressions'];

/** How to recognise each feature. Only features that the oldest browsers lack need an entry; `checkSyntax` reports missing ones. */
const FEATURES = {
  'operators.await.top_level': (node) => isTopLevelAwait(node),
  'operators.import.defer': (node) => isImportCall(node) && node.expression.getText().endsWith('.defer'),
  'operators.import.import_source': (node) => isImportCall(node) && node.expression.getText().endsWith('.source'),
  'operators.import.options_parameter': (node) => isImportCall(node) && node.arguments.length > 1,
  'grammar.trailing_commas.trailing_commas_in_dynamic_import': (node) =>
    isImportCall(node) && node.arguments.hasTrailingComma,
  'statements.using': (node) => declares(node, ts.NodeFlags.Using),
  'statements.await_using': (node) => declares(node, ts.NodeFlags.AwaitUsing),
  'statements.import.defer': (node) => ts.isImportDeclaration(node) && /^import\s+defer\b/.test(node.getText()),
  'statements.import.import_source': (node) =>
    ts.isImportDeclaration(node) && /^import\s+source\b/.test(node.getText()),
  'statements.import.import_attributes': (node) => ts.isImportAttributes(node),
  'regular_expressions.modifier': () => false, // these two by `readPattern`
  'regular_expressions.named_capturing_group.duplicate_named_capturing_groups': () => false,
};

/** Features that cannot be detected in a script, or cannot occur in ours; each with the reason. */
const UNSEEN = {
  'operators.import.http_errors_not_cached': 'behaviour, not syntax',
  'statements.import.http_errors_not_cached': 'behaviour, not syntax',
  'statements.import.import_assertions': 'TypeScript reads them as import attributes',
  'statements.import.import_attributes.type_css': 'an import attribute, which is found',
  'statements.import.import_attributes.type_json': 'an import attribute, which is found',
  'statements.import.import_attributes.type_text': 'an import attribute, which is found',
  'statements.import.import_source.import_wasm_modules': 'a source import, which is found',
  'statements.import.service_worker_support': 'demo/sw.js imports nothing',
  'statements.import.worklet_support': 'dist/capture.worklet.js is one file',
  'regular_expressions.buffer_boundary_assertion':
    'the parser of regular expressions does not support it, and rejects it',
};

/** @returns {string[]} one line for each feature that the oldest browsers lack and that is not looked for */
export function checkSyntax(floor) {
  return TREES.flatMap((tree) => [...featuresBelow('javascript', tree)]).flatMap(([path, feature]) => {
    const name = path.slice(1).join('.');
    const isKnown = [name, name.slice(0, name.lastIndexOf('.'))].some((one) => FEATURES[one] ?? UNSEEN[one]);
    if (isKnown || missingIn(feature, floor).length === 0) return [];
    return [`javascript.${name} is newer than the oldest browsers: tools/floor/syntax.mjs has to look for it`];
  });
}

/** @param {string} code @param {(use: { feature: string, at: number }) => void} emit `at`: an offset in `code` */
export function readSyntax(code, emit) {
  const source = ts.createSourceFile('script.js', code, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  const visit = (node) => {
    for (const [name, isIt] of Object.entries(FEATURES)) {
      if (isIt(node)) emit({ feature: `javascript.${name}`, at: node.getStart() });
    }
    const expression = patternOf(node);
    if (expression) readPattern(expression, (feature) => emit({ feature, at: node.getStart() }));
    ts.forEachChild(node, visit);
  };
  visit(source);
}

/** The pattern of a literal or of `new RegExp`, which compilers write for flags that the target lacks. */
function patternOf(node) {
  if (node.kind === ts.SyntaxKind.RegularExpressionLiteral) {
    const end = node.text.lastIndexOf('/');
    return { pattern: node.text.slice(1, end), flags: node.text.slice(end + 1) };
  }
  if (!ts.isNewExpression(node) && !ts.isCallExpression(node)) return undefined;
  const [pattern, flags] = node.arguments ?? [];
  if (node.expression.getText() !== 'RegExp' || !pattern || !ts.isStringLiteralLike(pattern)) return undefined;
  return { pattern: pattern.text, flags: flags && ts.isStringLiteralLike(flags) ? flags.text : '' };
}

const FLAGS = { d: 'hasIndices', s: 'dotAll', u: 'unicode', v: 'unicodeSets', y: 'sticky' };

function readPattern({ pattern, flags }, use) {
  for (const flag of flags) if (FLAGS[flag]) use(`javascript.builtins.RegExp.${FLAGS[flag]}`);
  const unicode = { unicode: flags.includes('u'), unicodeSets: flags.includes('v') };
  const names = new Set();
  visitRegExpAST(new RegExpParser().parsePattern(pattern, 0, pattern.length, unicode), {
    onModifiersEnter: () => use('javascript.regular_expressions.modifier'),
    onCapturingGroupEnter: ({ name }) => {
      if (name !== null && names.has(name)) {
        use('javascript.regular_expressions.named_capturing_group.duplicate_named_capturing_groups');
      }
      names.add(name);
    },
  });
}

const isImportCall = (node) =>
  ts.isCallExpression(node) &&
  (node.expression.kind === ts.SyntaxKind.ImportKeyword || ts.isMetaProperty(node.expression)) &&
  /^import\b/.test(node.expression.getText());

const declares = (node, flag) => ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) === flag;

function isTopLevelAwait(node) {
  if (!ts.isAwaitExpression(node) && !(ts.isForOfStatement(node) && node.awaitModifier)) return false;
  for (let at = node.parent; at; at = at.parent) {
    if (ts.isFunctionLike(at) || ts.isClassStaticBlockDeclaration(at)) return false;
  }
  return true;
}
