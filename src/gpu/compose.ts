/** Composes the WGSL of a shader module from parts, a kernel and the numbers it is compiled for. */
import { SttError } from '../errors.js';

const DIRECTIVE = /^(?:enable|requires) .*;$/gm;
/** The one form in which a file declares a number it is compiled for; tools/check-wgsl.ts enforces it. */
export const OVERRIDE = /^override (\w+): (u32|f32)(?: = ([^;]+))?;/gm;
const MOST_U32 = 2 ** 32 - 1;

/**
 * Concatenates `sources`, moves directives to the front, where WGSL requires them, and writes each `override NAME: u32;`
 * as `const NAME: u32 = 64u;`. Overrides must not reach the compiler: Firefox's, naga, panics on some expressions of them
 * and crashes the browser (docs/decisions/0018).
 * @param what the module's name in errors
 * @throws `internal` for a number that is missing, that no source declares, or that its type cannot hold
 */
export function composeSources(
  what: string,
  sources: readonly string[],
  numbers: Readonly<Record<string, number>>,
): string {
  const unused = new Set(Object.keys(numbers));
  const constant = (_: string, name: string, type: string, initial?: string): string => {
    unused.delete(name);
    const number = Object.hasOwn(numbers, name) ? numbers[name] : undefined;
    if (number === undefined && initial === undefined) {
      throw new SttError('internal', `${what}: ${name} has no number, expected one for "override ${name}: ${type}"`);
    }
    return `const ${name}: ${type} = ${number === undefined ? initial : literal(what, name, type, number)};`;
  };
  const directives = sources.flatMap((source) => source.match(DIRECTIVE) ?? []);
  const bodies = sources.map((source) => source.replace(DIRECTIVE, '').replace(OVERRIDE, constant));
  if (unused.size > 0) {
    throw new SttError('internal', `${what}: no source declares ${[...unused].join(', ')} as an override`);
  }
  const code = [...new Set(directives), ...bodies].join('\n');
  const [remaining] = /\boverride\b[^;]*;?/.exec(code) ?? [];
  if (remaining !== undefined) {
    throw new SttError('internal', `${what}: found "${remaining}", expected "override NAME: u32;" or f32 on a line`);
  }
  return code;
}

function literal(what: string, name: string, type: string, number: number): string {
  const fits =
    type === 'u32'
      ? Number.isInteger(number) && number >= 0 && number <= MOST_U32
      : Number.isFinite(Math.fround(number));
  if (!fits) throw new SttError('internal', `${what}: ${name} is ${number}, expected a number that ${type} can hold`);
  return type === 'u32' ? `${number}u` : String(number);
}
