/** Resolves an expression to the browser and JavaScript interfaces that it uses. */
import ts from 'typescript';

/** Names that differ between TypeScript and the compatibility data. */
const OTHER_NAMES = {
  ReadonlyArray: 'Array',
  ReadonlySet: 'Set',
  ReadonlyMap: 'Map',
  PromiseLike: 'Promise',
  IteratorObject: 'Iterator',
  CallableFunction: 'Function',
  NewableFunction: 'Function',
  Int8Array: 'TypedArray',
  Uint8Array: 'TypedArray',
  Uint8ClampedArray: 'TypedArray',
  Int16Array: 'TypedArray',
  Uint16Array: 'TypedArray',
  Int32Array: 'TypedArray',
  Uint32Array: 'TypedArray',
  Float32Array: 'TypedArray',
  Float64Array: 'TypedArray',
  BigInt64Array: 'TypedArray',
  BigUint64Array: 'TypedArray',
};
const UTILITY_TYPES = new Set(['Partial', 'Required', 'Readonly', 'Pick', 'Omit', 'NonNullable']);
const PRIMITIVES = [
  [ts.TypeFlags.StringLike, 'String'],
  [ts.TypeFlags.NumberLike, 'Number'],
  [ts.TypeFlags.BigIntLike, 'BigInt'],
  [ts.TypeFlags.BooleanLike, 'Boolean'],
  [ts.TypeFlags.ESSymbolLike, 'Symbol'],
];

export class Types {
  #program;
  #checker;
  #library;

  /** @param {ts.Program} program */
  constructor(program) {
    this.#program = program;
    this.#checker = program.getTypeChecker();
  }

  /** The types of an expression, including those before an assertion and of a variable's initial value. */
  typesOf(expression) {
    const types = [this.#checker.getTypeAtLocation(expression)];
    let inner = expression;
    while (ts.isParenthesizedExpression(inner) || ts.isAsExpression(inner) || ts.isNonNullExpression(inner))
      inner = inner.expression;
    if (inner !== expression) return [...types, ...this.typesOf(inner)];
    const declaration = ts.isIdentifier(inner) && this.#checker.getSymbolAtLocation(inner)?.valueDeclaration;
    const isFilled = declaration && ts.isVariableDeclaration(declaration) && declaration.initializer;
    return isFilled ? [...types, ...this.typesOf(declaration.initializer)] : types;
  }

  /** The name of the constructor that `node` names, as `AbortSignal` in `AbortSignal.any`. */
  staticName(node) {
    const symbol = this.#checker.getSymbolAtLocation(ts.isPropertyAccessExpression(node) ? node.name : node);
    if (symbol && this.isFromLibrary(symbol) && isVariable(symbol)) {
      const type = this.#checker.getTypeOfSymbol(symbol);
      const isStatic =
        type.getConstructSignatures().length > 0 ||
        /^(Math|JSON|Reflect|Atomics|Intl|WebAssembly|CSS)$/.test(symbol.name);
      return isStatic ? symbol.name : undefined;
    }
    return undefined;
  }

  /** For each part of a union: its interfaces' names, the most derived first. */
  *interfaces(type) {
    if (type.isUnion()) {
      for (const part of type.types) yield* this.interfaces(part);
      return;
    }
    const chain = [...new Set(this.#chain(type))];
    if (chain.length > 0) yield chain;
  }

  *#chain(type) {
    if (type.isIntersection()) for (const part of type.types) yield* this.#chain(part);
    for (const [flags, name] of PRIMITIVES) if (type.flags & flags) yield name;
    if (type.aliasSymbol && UTILITY_TYPES.has(type.aliasSymbol.name)) {
      for (const part of type.aliasTypeArguments?.slice(0, 1) ?? []) yield* this.#chain(part);
    }
    if (this.#checker.isArrayType(type) || this.#checker.isTupleType(type)) yield 'Array';
    const target = type.target ?? type;
    const constraint =
      type.flags & ts.TypeFlags.TypeParameter ? this.#checker.getBaseConstraintOfType(type) : undefined;
    if (constraint && constraint !== type) yield* this.#chain(constraint);
    const { symbol } = target;
    if (symbol && symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.Class)) {
      if (this.isFromLibrary(symbol)) {
        const own = OTHER_NAMES[symbol.name];
        yield symbol.name;
        if (own) yield own;
      }
      if (target.isClassOrInterface()) for (const base of this.#checker.getBaseTypes(target)) yield* this.#chain(base);
    }
    if (symbol?.name === 'globalThis') yield 'Window';
    if (type.getCallSignatures().length > 0) yield 'Function';
  }

  /** The interfaces that TypeScript knows, by name. */
  libraryTypes() {
    if (!this.#library) {
      const [file] = this.#program.getSourceFiles();
      const symbols = this.#checker.getSymbolsInScope(file, ts.SymbolFlags.Interface);
      this.#library = new Map(
        symbols
          .filter((symbol) => this.isFromLibrary(symbol))
          .map((symbol) => [symbol.name, this.#checker.getDeclaredTypeOfSymbol(symbol)]),
      );
    }
    return this.#library;
  }

  isFromLibrary(symbol) {
    return (symbol.declarations ?? []).some((declaration) => {
      const file = declaration.getSourceFile();
      return this.#program.isSourceFileDefaultLibrary(file) || /\/@webgpu\/types\//.test(file.fileName);
    });
  }
}

/** Whether a symbol is a value and not only a type. */
export const isVariable = (symbol) =>
  (symbol.flags &
    (ts.SymbolFlags.Variable | ts.SymbolFlags.Function | ts.SymbolFlags.Class | ts.SymbolFlags.NamespaceModule)) !==
  0;
