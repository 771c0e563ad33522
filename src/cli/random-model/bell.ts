/** The normal distribution by table: its quantiles, and those within a block of given maximum. */

/** The table spans ±8 standard deviations; 1e-15 of the distribution is beyond. */
const SPAN = 8;
const STEPS_PER_UNIT = 512;

let cumulative: Float64Array | undefined;

/** P(z ≤ −SPAN + i / STEPS_PER_UNIT), summed by trapezoids. */
function distribution(): Float64Array {
  if (cumulative) return cumulative;
  const table = new Float64Array(2 * SPAN * STEPS_PER_UNIT + 1);
  const density = (i: number): number => Math.exp(-0.5 * (i / STEPS_PER_UNIT - SPAN) ** 2) / Math.sqrt(2 * Math.PI);
  for (let i = 1; i < table.length; i++) {
    table[i] = table[i - 1]! + (density(i - 1) + density(i)) / (2 * STEPS_PER_UNIT);
  }
  return (cumulative = table);
}

/** P(z ≤ x) of the normal distribution. */
export function normalProbability(x: number): number {
  const table = distribution();
  const at = Math.min(Math.max((x + SPAN) * STEPS_PER_UNIT, 0), table.length - 1);
  const below = Math.floor(at);
  const [low = 0, high = 1] = [table[below], table[below + 1]];
  return low + (high - low) * (at - below);
}

/** The x with P(z ≤ x) = p, for p in 0 … 1. */
export function normalQuantile(p: number): number {
  const table = distribution();
  let [low, high] = [0, table.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (table[middle]! <= p) low = middle;
    else high = middle;
  }
  const [below, above] = [table[low]!, table[high]!];
  const part = above > below ? Math.min(Math.max((p - below) / (above - below), 0), 1) : 0;
  return (low + part) / STEPS_PER_UNIT - SPAN;
}

/** The largest of `n` magnitudes is below this in a share `u` of all draws. */
export function maximumQuantile(n: number, u: number): number {
  return normalQuantile((1 + u ** (1 / n)) / 2);
}

/** `count` evenly likely values of a normal number known to lie within ±`most`, in order. */
export function truncatedQuantiles(most: number, count: number): number[] {
  const [from, to] = [normalProbability(-most), normalProbability(most)];
  return Array.from({ length: count }, (_, i) => normalQuantile(from + ((i + 0.5) / count) * (to - from)));
}
