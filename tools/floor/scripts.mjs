/** Finds the web and JavaScript APIs that TypeScript and JavaScript modules use, by the types of the expressions. */
import ts from 'typescript';
import { featureAt, featuresNamed } from './compat.mjs';
import { GLOBAL_SCOPES, existing, globalFeatures, isOption, memberFeatures, pick, staticFeatures } from './names.mjs';
import { Types, isVariable } from './types.mjs';

/** Calls whose first argument is a selector, a media query or an event's type. */
const SELECTS = new Set(['querySelector', 'querySelectorAll', 'matches', 'closest']);

/** Reads a program's modules for the features they use. For an unusual name without a type, every feature of that name is listed. */
export class ScriptReader {
  #program;
  #checker;
  #types;

  /** @param {string} root of the project @param {readonly string[]} files modules to read, and declarations beside them */
  constructor(root, files) {
    const { config } = ts.readConfigFile(`${root}/tsconfig.json`, ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent({ ...config, files, include: [] }, ts.sys, root);
    const lib = ['lib.esnext.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts', 'lib.dom.asynciterable.d.ts'];
    this.#program = ts.createProgram(files, {
      ...options,
      lib,
      allowJs: true,
      checkJs: false,
      maxNodeModuleJsDepth: 0,
    });
    this.#checker = this.#program.getTypeChecker();
    this.#types = new Types(this.#program);
  }

  /** @param {(node: ts.Node, text: string) => void} template is called with each tagged template and its tag */
  read(file, emit, template) {
    const source = this.#program.getSourceFile(file);
    if (!source) throw new Error(`${file} is not part of the program`);
    const visit = (node) => {
      if (isErased(node)) return;
      this.#look(node, (found, at = node) => {
        emit({ ...(typeof found === 'string' ? { feature: found } : found), line: lineOf(source, at) });
      });
      if (ts.isTaggedTemplateExpression(node))
        template(node.tag.getText(source), textOf(node.template), lineOf(source, node));
      this.#strings(node, (kind, text) => template(kind, text, lineOf(source, node)));
      ts.forEachChild(node, visit);
    };
    visit(source);
  }

  #look(node, use) {
    if (ts.isPropertyAccessExpression(node)) this.#member(node.expression, node.name.text, node.name, use);
    else if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) {
      this.#member(node.expression, node.argumentExpression.text, node.argumentExpression, use);
    } else if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent) && !node.dotDotDotToken) {
      const name = node.propertyName ?? node.name;
      if (ts.isIdentifier(name)) this.#memberOf(this.#patternTypes(node.parent), name.text, name, use);
    } else if (ts.isIdentifier(node)) this.#global(node, use);
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) this.#call(node, use);
    if (ts.isForOfStatement(node))
      this.#iterated(node.expression, node.awaitModifier ? '@@asyncIterator' : '@@iterator', use);
    if (ts.isSpreadElement(node)) this.#iterated(node.expression, '@@iterator', use);
  }

  /** `navigator.locks`: a member, unless the code only checks for it. */
  #member(receiver, name, node, use) {
    if (ts.isTypeOfExpression(node.parent.parent)) return;
    const statics = this.#types.staticName(receiver);
    if (statics) return pick(staticFeatures(statics, name), use);
    this.#memberOf(this.#types.typesOf(receiver), name, node, use);
  }

  #patternTypes(pattern) {
    const { parent } = pattern;
    const isFilled = ts.isVariableDeclaration(parent) && parent.initializer;
    return isFilled ? this.#types.typesOf(parent.initializer) : [this.#checker.getTypeAtLocation(pattern)];
  }

  #memberOf(types, name, node, use) {
    const chains = types.flatMap((type) => [...this.#types.interfaces(type)]);
    const known = chains.map((chain) => chain.flatMap((owner) => memberFeatures(owner, name)));
    for (const features of known) pick(features, use);
    if (known.some((features) => features.length > 0)) return;
    const symbol = this.#checker.getSymbolAtLocation(node);
    if (symbol) {
      if (!this.#types.isFromLibrary(symbol) && !isOwnMember(symbol)) this.#describedMember(types[0], name, use);
    } else if (types[0].flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown))
      use({ candidates: [...featuresNamed(name), ...globalFeatures(name)] });
  }

  /** A member of a type that the project declares, because TypeScript's library lacks it. */
  #describedMember(type, name, use) {
    const parts = (type.isUnion() ? type.types : [type]).filter((part) => part.getProperty(name));
    const candidates = featuresNamed(name);
    const isOne = candidates.some((feature) => {
      const declared = this.#types.libraryTypes().get(feature.split('.').at(-2));
      return declared && parts.some((part) => this.#checker.isTypeAssignableTo(declared, part));
    });
    if (isOne) use({ candidates });
  }

  /** A global name that is used, not declared, imported or only checked for. */
  #global(node, use) {
    const { parent } = node;
    if (ts.isPropertyAccessExpression(parent) && parent.name === node) return;
    if (ts.isTypeOfExpression(parent) || (ts.isPropertyAssignment(parent) && parent.name === node)) return;
    const symbol = this.#checker.getSymbolAtLocation(node);
    if (!symbol || !this.#types.isFromLibrary(symbol) || !isVariable(symbol)) return;
    pick(globalFeatures(node.text), use);
  }

  #call(node, use) {
    const callee = node.expression;
    const features = this.#calleeFeatures(node);
    for (const argument of node.arguments ?? []) {
      for (const feature of features) {
        const parts = Object.keys(featureAt(feature) ?? {});
        const isUsed = ts.isStringLiteralLike(argument)
          ? (part) => part === argument.text || part.startsWith(`${argument.text}_`)
          : (part) => this.#literalKeys(argument).some((name) => isOption(part, name));
        for (const part of parts.filter(isUsed)) use(`${feature}.${part}`, argument);
      }
    }
    if (!ts.isPropertyAccessExpression(callee) && !ts.isIdentifier(callee)) return;
    const called = ts.isIdentifier(callee) ? callee.text : callee.name.text;
    const [first] = node.arguments ?? [];
    if (called !== 'addEventListener' || !first || !ts.isStringLiteralLike(first)) return;
    const receiver = ts.isPropertyAccessExpression(callee)
      ? this.#checker.getTypeAtLocation(callee.expression)
      : undefined;
    const chains = receiver ? [...this.#types.interfaces(receiver)] : [GLOBAL_SCOPES];
    for (const chain of chains)
      pick(
        chain.flatMap((owner) => existing(`api.${owner}.${first.text}_event`)),
        use,
      );
  }

  #calleeFeatures(node) {
    const found = [];
    const use = (feature) => typeof feature === 'string' && found.push(feature);
    const callee = node.expression;
    if (ts.isNewExpression(node)) {
      const name = this.#types.staticName(callee);
      if (name) found.push(...existing(`api.${name}.${name}`, `javascript.builtins.${name}.${name}`));
      const [feature] = found;
      if (feature) return [feature];
    } else if (ts.isPropertyAccessExpression(callee))
      this.#member(callee.expression, callee.name.text, callee.name, use);
    else if (ts.isIdentifier(callee)) this.#global(callee, use);
    return found;
  }

  #literalKeys(node) {
    if (ts.isObjectLiteralExpression(node))
      return node.properties.flatMap(({ name }) => (name && 'text' in name ? name.text : []));
    const type = this.#checker.getTypeAtLocation(node);
    const isLiteral = type.symbol && (type.symbol.flags & ts.SymbolFlags.ObjectLiteral) !== 0;
    return isLiteral ? type.getProperties().map(({ name }) => name) : [];
  }

  #iterated(expression, symbol, use) {
    for (const chain of this.#types.interfaces(this.#checker.getTypeAtLocation(expression))) {
      pick(
        chain.flatMap((owner) => memberFeatures(owner, symbol)),
        use,
      );
    }
  }

  #strings(node, report) {
    if (!ts.isCallExpression(node)) return;
    const [first] = node.arguments;
    if (!first || !ts.isStringLiteralLike(first)) return;
    const { expression } = node;
    const name = ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText();
    if (SELECTS.has(name)) report('selector', first.text);
    if (name === 'matchMedia') report('media', first.text);
    if (name === 'setProperty' && !first.text.startsWith('--'))
      report('css', `* { ${first.text}: ${valueOf(node.arguments[1])} }`);
  }
}

/** Whether a class or object literal of the project or a dependency declares it, not the browser. */
const isOwnMember = (symbol) =>
  (symbol.declarations ?? []).some(
    ({ parent }) => parent && (ts.isClassLike(parent) || ts.isObjectLiteralExpression(parent)),
  );

/** Whether a node is only a type or declaration, which leaves nothing in the script. */
function isErased(node) {
  return (
    (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node) ||
    (ts.canHaveModifiers(node) &&
      (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword))
  );
}

/** The template's text, with a placeholder for each value that is a valid name in CSS and markup. */
function textOf(template) {
  if (ts.isNoSubstitutionTemplateLiteral(template)) return template.text;
  return template.head.text + template.templateSpans.map(({ literal }) => `-value-${literal.text}`).join('');
}

const valueOf = (argument) => (argument && ts.isStringLiteralLike(argument) ? argument.text : '-value-');

const lineOf = (source, node) => source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
