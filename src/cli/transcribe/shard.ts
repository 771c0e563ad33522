/** Splits a list between several runs of a command, on one machine or many. */
import { SttError } from '../../errors.js';

export interface Shard {
  /** From 1 to `of`. */
  readonly part: number;
  readonly of: number;
}

/** @throws SttError `invalid-argument` unless `value` is such as 3/8 */
export function shardOption(value: string): Shard {
  const [, part = 0, of = 0] = (/^(\d{1,9})\/(\d{1,9})$/.exec(value) ?? []).map(Number);
  if (part >= 1 && part <= of) return { part, of };
  throw new SttError('invalid-argument', `--shard is ${value}, expected a part and a number of parts, from 1/1 to N/N`);
}

/** Every `of`-th entry. Each entry is in exactly one shard, and the sizes of shards differ by one at most. */
export function inShard<T>(list: readonly T[], { part, of }: Shard): T[] {
  return list.filter((_, i) => i % of === part - 1);
}
