/** Checks an option's value against the allowed ones. */
import { SttError } from '../errors.js';

/** `value` as one of `choices`; throws `invalid-argument` naming the option and all of them. */
export function oneOf<T extends string>(option: string, value: string | undefined, choices: readonly T[]): T {
  const chosen = choices.find((choice) => choice === value);
  if (chosen !== undefined) return chosen;
  throw new SttError('invalid-argument', `${option} is ${value ?? 'missing'}, expected ${choices.join(', ')}`);
}
