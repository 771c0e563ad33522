/** The value of an option that is a count or a seed. */
import { SttError } from '../errors.js';

/** Throws `invalid-argument` unless `value` is decimal digits only, from `least` to `most`. */
export function wholeNumber(option: string, value: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= least && number <= most) return number;
  const last = most === Number.MAX_SAFE_INTEGER ? '2^53 − 1' : String(most);
  throw new SttError('invalid-argument', `${option} is ${value}, expected a whole number from ${least} to ${last}`);
}
