/** Counts the word errors between two texts. */

/** The fewest substitutions, deletions and insertions that turn `reference` into `heard`, both split at spaces. */
export function wordErrors(reference: string, heard: string): number {
  const [expected, found] = [reference, heard].map((text) => text.split(' ').filter((word) => word !== '')) as [
    string[],
    string[],
  ];
  // distance[j]: errors between the expected words so far and the first j found ones.
  let distance = Array.from({ length: found.length + 1 }, (_, j) => j);
  expected.forEach((word, i) => {
    const next = [i + 1];
    found.forEach((other, j) => {
      const substituted = (distance[j] ?? 0) + (word === other ? 0 : 1);
      next.push(Math.min(substituted, (distance[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    });
    distance = next;
  });
  return distance[found.length] ?? 0;
}
