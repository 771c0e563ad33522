/** Counts the edits between what was said and what was recognised, in words or in characters. */

export interface EditCounts {
  /** Length of the reference: hits + substitutions + deletions. */
  readonly reference: number;
  readonly hits: number;
  readonly substitutions: number;
  readonly insertions: number;
  readonly deletions: number;
}

export const NO_EDITS: EditCounts = { reference: 0, hits: 0, substitutions: 0, insertions: 0, deletions: 0 };

/** More than any number of substitutions. A number of errors times this, plus the substitutions, is exact in a double. */
const ERROR = 2 ** 26;

/**
 * The fewest edits that turn `reference` into `hypothesis`; of several such alignments, the counts of those with the most
 * hits. Takes memory for one row.
 */
export function countEdits(reference: readonly string[], hypothesis: readonly string[]): EditCounts {
  const numbers = new Map<string, number>();
  const numbered = (items: readonly string[]): Int32Array =>
    Int32Array.from(items, (item) => {
      const number = numbers.get(item) ?? numbers.size;
      numbers.set(item, number);
      return number;
    });
  const [expected, found] = [numbered(reference), numbered(hypothesis)];
  // cost[j]: from the expected items so far to the first j found ones.
  const cost = Float64Array.from({ length: found.length + 1 }, (_, j) => j * ERROR);
  for (const item of expected) {
    let diagonal = cost[0]!;
    let left = (cost[0] = diagonal + ERROR);
    for (let j = 0; j < found.length; j++) {
      const above = cost[j + 1]!;
      const aligned = diagonal + (item === found[j] ? 0 : ERROR + 1);
      left = cost[j + 1] = Math.min(aligned, above + ERROR, left + ERROR);
      diagonal = above;
    }
  }
  const total = cost[found.length]!;
  const substitutions = total % ERROR;
  const gaps = (total - substitutions) / ERROR - substitutions;
  const deletions = (gaps + expected.length - found.length) / 2;
  return {
    reference: expected.length,
    hits: expected.length - substitutions - deletions,
    substitutions,
    insertions: gaps - deletions,
    deletions,
  };
}

/** Substitutions, insertions and deletions. */
export function errorsIn({ substitutions, insertions, deletions }: EditCounts): number {
  return substitutions + insertions + deletions;
}

/** Errors over the length of the reference; undefined without a reference. Above 1 with many insertions. */
export function errorRate(counts: EditCounts): number | undefined {
  return counts.reference === 0 ? undefined : errorsIn(counts) / counts.reference;
}

export function addEdits(a: EditCounts, b: EditCounts): EditCounts {
  return {
    reference: a.reference + b.reference,
    hits: a.hits + b.hits,
    substitutions: a.substitutions + b.substitutions,
    insertions: a.insertions + b.insertions,
    deletions: a.deletions + b.deletions,
  };
}
