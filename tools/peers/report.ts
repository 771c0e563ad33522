/** Formats the report of `npm run bench:peers`: every contender's time, and the ratio of each peer's to ours. */
import type { Timing } from './rounds.js';

export interface PeersReport {
  readonly machine: string;
  readonly rounds: number;
  readonly timings: readonly Timing[];
  /** Peers that did not run, and why. */
  readonly missing: readonly string[];
}

/** Markdown. Ratios are a peer's time over ours: above 1, ours is faster. */
export function formatReport({ machine, rounds, timings, missing }: PeersReport): string {
  return [
    `${machine}; ${rounds} rounds, in turns, one thread each. Milliseconds; ratios are theirs over ours, by medians (by the quickest).`,
    ...(['LM step', 'Mimi frame'] as const).map((work) =>
      formatWork(
        work,
        timings.filter((timing) => timing.work === work),
      ),
    ),
    ...missing.map((line) => `Not measured: ${line}`),
  ].join('\n\n');
}

function formatWork(work: Timing['work'], timings: readonly Timing[]): string {
  const header = [work, 'median', 'quickest', 'processor time', 'count', 'over ours in Node', 'over ours in Chromium'];
  const ours = (['Node', 'Chromium'] as const).map((place) =>
    timings.find((other) => other.side === 'ours' && other.place === place),
  );
  const rows = timings.map((timing) => [
    timing.name,
    timing.median.toFixed(1),
    timing.least.toFixed(1),
    timing.cpu?.toFixed(1) ?? '',
    String(timing.count),
    ...ours.map((own) => (timing.side === 'ours' || !own ? '' : ratio(timing, own))),
  ]);
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function ratio(theirs: Timing, own: Timing): string {
  return `${(theirs.median / own.median).toFixed(2)}× (${(theirs.least / own.least).toFixed(2)}×)`;
}
