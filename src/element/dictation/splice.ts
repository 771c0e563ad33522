/** What an edit did to a text, and where a place in the text is after it. */

/** `removed` characters at `start` gave way to `inserted` others. */
export interface Splice {
  readonly start: number;
  readonly removed: number;
  readonly inserted: number;
}

/**
 * The one replacement that makes `after` of `before`; undefined where they are the same. Of several that would (a letter
 * typed beside its like), it is the one that ends at `caret`, where an edit leaves the caret.
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

/** Where `position` is after the splice. What is inserted right at it comes before it. */
export function moved(position: number, { start, removed, inserted }: Splice): number {
  if (position < start || (position === start && removed > 0)) return position;
  return Math.max(position - removed, start) + inserted;
}

function commonStart(a: string, b: string, limit: number): number {
  let length = 0;
  while (length < limit && a[length] === b[length]) length++;
  return length;
}
