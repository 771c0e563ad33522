/** Formats the report of `npm run bench:gpu`: the time of each contender and the ratio of both sides, shape by shape. */
import { BASELINE } from '../src/lm/webgpu/tuning.js';
import { describeChoice } from './bench-gpu-choices.js';
import type { BenchReport, Entry, ShapeReport } from './bench-gpu-page.js';

/** Formats a report as Markdown tables. Ratios are their time over ours: above 1, ours is faster. */
export function formatReport({ adapter, isSoftware, abilities, shapes }: BenchReport): string {
  const note = isSoftware
    ? 'A software renderer: compare within this table only; the figures do not predict those of a GPU.\n'
    : '';
  return [
    `Adapter: ${adapter} (${abilities.join(', ') || 'no abilities beyond the baseline'})`,
    `${note}Medians in ms a product; GB/s of Q4_0; error: the largest, over the reference's root mean square.`,
    ...shapes.map(formatShape),
    formatSummary(shapes),
  ].join('\n\n');
}

function formatShape({ name, N, K, copies, entries }: ShapeReport): string {
  const rows = [...entries].sort((a, b) => a.ms - b.ms).map((entry) => row(entry, entries));
  return table(
    [
      `${name} ${N}×${K}, ${copies} ${copies === 1 ? 'copy' : 'copies'}`,
      'ms',
      'least',
      'GB/s',
      'error',
      'to the best of the other side',
    ],
    rows,
  );
}

function row(entry: Entry, entries: readonly Entry[]): string[] {
  const { name, side, ms, leastMs, gbps, error } = entry;
  const other = best(of(entries, side === 'ours' ? 'theirs' : 'ours'));
  const label = side === 'ours' ? 'ours' : 'ONNX Runtime';
  return [
    `${label} ${name}`,
    ms.toFixed(3),
    leastMs.toFixed(3),
    figures(gbps),
    error.toExponential(1),
    ratio(other?.ms, ms),
  ];
}

/** The table in docs/performance.md. Beside the ratio of the best it has ratios that a lucky choice or a busy round cannot improve. */
function formatSummary(shapes: readonly ShapeReport[]): string {
  const rows = shapes.flatMap(({ name, N, K, entries }) => {
    const ours = of(entries, 'ours');
    const theirs = of(entries, 'theirs');
    const [our, their] = [best(ours), best(theirs)];
    if (!our || !their) return [];
    return [
      [
        `${name} ${N}×${K}`,
        ...[our, their].map((entry) => `${entry.name}: ${entry.ms.toFixed(2)} ms, ${figures(entry.gbps)} GB/s`),
        ratio(their.ms, our.ms),
        ratio(best(theirs.filter(isExact))?.ms, best(ours.filter(isExact))?.ms),
        ratio(their.ms, ours.find((entry) => entry.name === describeChoice(BASELINE))?.ms),
        ratio(least(theirs), least(ours)),
      ],
    ];
  });
  const ratios = ['ratio', 'f32 on both sides', 'our baseline', 'quickest rounds'];
  return table(['shape', 'ours', 'ONNX Runtime', ...ratios], rows);
}

const of = (entries: readonly Entry[], side: Entry['side']): Entry[] => entries.filter((entry) => entry.side === side);
const best = (entries: readonly Entry[]): Entry | undefined => entries.toSorted((a, b) => a.ms - b.ms)[0];
const least = (entries: readonly Entry[]): number => Math.min(...entries.map(({ leastMs }) => leastMs));

/** Whether a contender computes in f32, such as `f32 64×4` and `f32`, but not `f32 accuracy 4`. */
const isExact = ({ name }: Entry): boolean => name.startsWith('f32') && !name.includes('accuracy');

/** Empty if a time is missing. */
const ratio = (theirs?: number, ours?: number): string => (theirs && ours ? `${(theirs / ours).toFixed(2)}×` : '');

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, header.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Three significant figures. */
function figures(x: number): string {
  return x < 100 ? x.toPrecision(3) : x.toFixed(0);
}
