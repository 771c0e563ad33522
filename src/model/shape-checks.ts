/** What a config is checked against: the shapes of the file's tensors. */
import type { Fields } from './fields.js';

/** The shape of a tensor by its official name; undefined if the file has no such tensor. */
export type ShapeOf = (name: string) => readonly number[] | undefined;

/** Throws unless `heads` divide `width` into parts of even size, because interleaved RoPE rotates pairs. */
export function checkHeadWidth(fields: Fields, key: string, width: number, heads: number): void {
  if (Number.isInteger(width / heads / 2)) return;
  throw fields.wrong(key, heads, `a number that divides ${width} into heads of even width`);
}
