/** Compares codes, tokens and words with those of a reference. */
import { countEdits, errorsIn } from '../text/edit-counts.js';

export interface Match {
  readonly equal: number;
  readonly total: number;
  /** Index of the first difference; absent if there is none. */
  readonly firstDifference?: number;
}

export interface WordMatch {
  /** Substitutions, insertions and deletions. */
  readonly errors: number;
  /** Words of the reference. */
  readonly words: number;
}

/** The share of equal values, 0 … 1. */
export function shareOf({ equal, total }: Match): number {
  return total === 0 ? 0 : equal / total;
}

/** Errors per word of the reference. */
export function wordErrorRate({ errors, words }: WordMatch): number {
  return words === 0 ? Number(errors > 0) : errors / words;
}

/** Compares two sequences index by index; a value that is missing in `found` is a difference. */
export function compareSequences(found: ArrayLike<number>, expected: ArrayLike<number>): Match {
  let equal = 0;
  let firstDifference: number | undefined;
  for (let i = 0; i < expected.length; i++) {
    if (found[i] === expected[i]) equal++;
    else firstDifference ??= i;
  }
  return { equal, total: expected.length, ...(firstDifference !== undefined && { firstDifference }) };
}

/** Compares codes, [frames, codebooks] both, for each codebook. */
export function compareCodes(found: ArrayLike<number>, expected: ArrayLike<number>, codebooks: number): Match[] {
  const column = (codes: ArrayLike<number>, q: number): number[] =>
    Array.from({ length: expected.length / codebooks }, (_, t) => codes[t * codebooks + q] ?? -1);
  return Array.from({ length: codebooks }, (_, q) => compareSequences(column(found, q), column(expected, q)));
}

/** The sum of several comparisons. */
export function sumOf(matches: readonly Match[]): Match {
  const sum = (of: 'equal' | 'total'): number => matches.reduce((total, match) => total + match[of], 0);
  return { equal: sum('equal'), total: sum('total') };
}

/** Compares words without capitals and punctuation. */
export function compareWords(found: string, expected: string): WordMatch {
  const words = wordsOf(expected);
  return { errors: errorsIn(countEdits(words, wordsOf(found))), words: words.length };
}

/** Words in lower case, without punctuation, apostrophes and hyphens inside words excepted. */
function wordsOf(text: string): string[] {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replaceAll('’', "'")
    .split(/\s+/)
    .map((word) => word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, ''))
    .filter((word) => word !== '');
}
