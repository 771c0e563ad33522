/** Computes the workgroup memory that a kernel declares with its parts and constants, in bytes. */
import type { WgslSource } from './wgsl-source.js';

const ARRAY = /\bvar<workgroup>\s+(\w+)\s*:\s*array<(\w+),\s*([^;]+)>\s*;/g;
const CONSTANT = /\bconst\s+(\w+)\s*=\s*(\d+)u;/g;
const TYPES: Readonly<Record<string, number>> = { f32: 4, u32: 4, i32: 4, vec2f: 8, vec4f: 16, vec4u: 16 };

/**
 * Counts all arrays of `sources`, used or not, so never less than the compiler. Throws where a length is anything but
 * sums, products and quotients of `constants` and the sources' constants.
 */
export function workgroupBytes(sources: readonly WgslSource[], constants: Readonly<Record<string, number>>): number {
  const code = sources.map((source) => source.code).join('\n');
  const own = [...code.matchAll(CONSTANT)].map(([, name = '', value]) => [name, Number(value)] as const);
  const known = new Map([...own, ...Object.entries(constants)]);
  // Overrides without a number are computed from their defaults.
  const initials = new Map(sources.flatMap((source) => [...source.initials]));
  for (const name of initials.keys()) numberOf(name, initials, known);
  return [...code.matchAll(ARRAY)].reduce((sum, [, name, type = '', length = '']) => {
    const bytes = TYPES[type];
    if (bytes === undefined) throw new Error(`${name}: ${type} has no known size`);
    return sum + bytes * evaluate(length, known);
  }, 0);
}

/** Computes `name` from `initials` and adds it to `known`, unless it is there. */
function numberOf(name: string, initials: ReadonlyMap<string, string>, known: Map<string, number>): void {
  const initial = initials.get(name);
  if (known.has(name) || initial === undefined) return;
  for (const [other] of initial.matchAll(/\b[A-Z]\w*\b/g)) numberOf(other, initials, known);
  known.set(name, evaluate(initial, known));
}

/** An integer expression of WGSL, where / rounds towards zero. */
function evaluate(expression: string, known: ReadonlyMap<string, number>): number {
  const tokens = expression.match(/\w+|[-+*/()]/g) ?? [];
  let at = 0;
  const value = (): number => {
    const token = tokens[at++] ?? '';
    if (token === '(') {
      const inner = sum();
      at++; // the )
      return inner;
    }
    const number = /^\d+u?$/.test(token) ? parseInt(token) : known.get(token);
    if (number === undefined) throw new Error(`${expression}: ${token} has no value`);
    return number;
  };
  const chain = (operators: string, next: () => number): number => {
    let result = next();
    while (operators.includes(tokens[at] ?? 'none')) {
      const operator = tokens[at++];
      const right = next();
      if (operator === '*') result *= right;
      else if (operator === '/') result = Math.trunc(result / right);
      else result += operator === '+' ? right : -right;
    }
    return result;
  };
  const sum = (): number => chain('+-', () => chain('*/', value));
  return sum();
}
