/** Runs contenders alternately, so that a slowdown of the machine affects all of them, and records every time. */
import { median } from '../bench-gpu-rounds.js';

export interface Contender {
  readonly name: string;
  /** The name of one unit of work. */
  readonly work: 'LM step' | 'Mimi frame';
  readonly place: 'Node' | 'Chromium' | 'native';
  readonly side: 'ours' | 'theirs';
  /** Units a turn computes, including unmeasured ones; undefined if it does other work too. */
  readonly units: number | undefined;
  /** Milliseconds of wall clock per unit; one measurement or several. */
  readonly turn: () => Promise<readonly number[]>;
  /** Milliseconds of processor time its process has used so far, all threads. */
  readonly cpuMs: () => Promise<number>;
}

/** Milliseconds per unit. */
export interface Timing extends Pick<Contender, 'name' | 'work' | 'place' | 'side'> {
  /** Of all turns, wall clock. */
  readonly median: number;
  readonly least: number;
  /** Of the turns' mean processor time, which a busy machine disturbs least. Undefined if `units` is. */
  readonly cpu: number | undefined;
  readonly count: number;
}

/** One uncounted turn each, then `rounds` rounds, whose order rotates by one each time. */
export async function alternate(
  contenders: readonly Contender[],
  rounds: number,
  progress: (round: number) => void,
): Promise<Timing[]> {
  const runs = contenders.map((contender) => ({ contender, wall: [] as number[], cpu: [] as number[] }));
  for (const { turn } of contenders) await turn();
  for (let round = 0; round < rounds; round++) {
    const first = round % runs.length;
    for (const { contender, wall, cpu } of [...runs.slice(first), ...runs.slice(0, first)]) {
      const before = await contender.cpuMs();
      wall.push(...(await contender.turn()));
      if (contender.units !== undefined) cpu.push(((await contender.cpuMs()) - before) / contender.units);
    }
    progress(round + 1);
  }
  return runs.map(({ contender: { name, work, place, side }, wall, cpu }) => ({
    name,
    work,
    place,
    side,
    median: median(wall),
    least: Math.min(...wall),
    cpu: cpu.length > 0 ? median(cpu) : undefined,
    count: wall.length,
  }));
}
