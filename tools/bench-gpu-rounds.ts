/** Times contenders alternately, so that a slowdown of the machine affects all of them, and reports medians. */

/** One way to compute the products of a problem. */
export interface Contender {
  readonly name: string;
  readonly side: 'ours' | 'theirs';
  /** Submits one product per copy of the weights, without waiting for it. */
  readonly pass: () => void | Promise<void>;
  /** [N], computed again. */
  readonly result: () => Promise<Float32Array>;
}

export interface Timing {
  /** Milliseconds of a pass; the median over the rounds. */
  readonly median: number;
  /** The same of the fastest round. */
  readonly least: number;
}

export interface RoundOptions {
  readonly rounds: number;
  /** The shortest turn of a contender, so that waiting for its end is negligible. */
  readonly turnMs: number;
  /** Resolves when the GPU has finished its work. */
  readonly settled: () => Promise<unknown>;
  readonly now?: () => number;
}

/** Gives each contender one turn per round, in an order that rotates by one each round. Contenders have run before. */
export async function timeInTurns(contenders: readonly Contender[], options: RoundOptions): Promise<Timing[]> {
  const { rounds, turnMs } = options;
  const passes: number[] = [];
  for (const contender of contenders) {
    const once = await turn(contender, 1, options);
    passes.push(Math.max(1, Math.ceil(turnMs / Math.max(once, 1e-3))));
  }
  const times: number[][] = contenders.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < contenders.length; i++) {
      const next = (i + round) % contenders.length;
      const contender = contenders[next];
      if (contender) times[next]?.push(await turn(contender, passes[next] ?? 1, options));
    }
  }
  return times.map((of) => ({ median: median(of), least: Math.min(...of) }));
}

/** Milliseconds of a pass, over `passes` of them back to back. */
export async function turn(
  { pass }: Contender,
  passes: number,
  { settled, now = clock }: Pick<RoundOptions, 'settled' | 'now'>,
): Promise<number> {
  await settled();
  const start = now();
  for (let i = 0; i < passes; i++) await pass();
  await settled();
  return (now() - start) / passes;
}

const clock = (): number => performance.now();

/** The middle value, or the mean of the middle two; NaN of no values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low = NaN, high = NaN] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return (low + high) / 2;
}
