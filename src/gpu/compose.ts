/** Puts a shader module's WGSL together: parts, a kernel, and the numbers it is compiled for, written in as constants. */
import { SttError } from '../errors.js';

const DIRECTIVE = /^(?:enable|requires) .*;$/gm;
/** The one form of a number that a file leaves open; tools/check-wgsl.ts holds every file to it. */
export const OVERRIDE = /^override (\w+): (u32|f32)(?: = ([^;]+))?;/gm;
const MOST_U32 = 2 ** 32 - 1;

/**
 * The text of `sources`, one after another, with directives at the front, where WGSL wants them, and each
 * `override NAME: u32;` as `const NAME: u32 = 64u;`. No compiler then meets an override: naga, which is Firefox's, panics
 * on some expressions of them and takes the browser with it (docs/decisions/0018).
 * @param what names the module in errors
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
  const [left] = /\boverride\b[^;]*;?/.exec(code) ?? [];
  if (left !== undefined) {
    throw new SttError('internal', `${what}: found "${left}", expected "override NAME: u32;" or f32 on a line`);
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
