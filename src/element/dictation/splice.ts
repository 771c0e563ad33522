/** Detects how an edit changed a text, and moves positions in the text accordingly. */

/** `inserted` characters replaced `removed` characters at `start`. */
export interface Splice {
  readonly start: number;
  readonly removed: number;
  readonly inserted: number;
}

/**
 * The single replacement that turns `before` into `after`; undefined if they are equal. If several would (a letter typed
 * beside the same letter), the one that ends at `caret`, the caret position after the edit.
 */
export function spliceBetween(before: string, after: string, caret?: number): Splice | undefined {
  if (before === after) return undefined;
  if (caret !== undefined && before.endsWith(after.slice(caret))) {
    const end = before.length - (after.length - caret);
    const start = commonStart(before, after, Math.min(end, caret));
    return { start, removed: end - start, inserted: caret - start };
  }
  const shorter = Math.min(before.length, after.length);
  const start = commonStart(before, after, shorter);
  let same = 0;
  while (same < shorter - start && before.at(-1 - same) === after.at(-1 - same)) same++;
  return { start, removed: before.length - same - start, inserted: after.length - same - start };
}

/** `position` after the splice. Text inserted exactly at `position` goes before it. */
export function moved(position: number, { start, removed, inserted }: Splice): number {
  if (position < start || (position === start && removed > 0)) return position;
  return Math.max(position - removed, start) + inserted;
}

function commonStart(a: string, b: string, limit: number): number {
  let length = 0;
  while (length < limit && a[length] === b[length]) length++;
  return length;
}
