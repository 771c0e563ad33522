/** What `npm run bench:gpu` prints: each contender's time, and who is faster by how much, shape by shape. */
import { BASELINE } from '../src/lm/webgpu/tuning.js';
import { describeChoice } from './bench-gpu-choices.js';
import type { BenchReport, Entry, ShapeReport } from './bench-gpu-page.js';

/** A report for people. Ratios are their time over ours: above 1, ours is faster. */
export function formatReport({ adapter, isSoftware, abilities, shapes }: BenchReport): string {
  const note = isSoftware
    ? 'A CPU that plays GPU: compare within this table only; it says nothing of what a GPU would do.\n'
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
  const who = side === 'ours' ? 'ours' : 'ONNX Runtime';
  return [
    `${who} ${name}`,
    ms.toFixed(3),
    leastMs.toFixed(3),
    figures(gbps),
    error.toExponential(1),
    ratio(other?.ms, ms),
  ];
}

/** The table docs/performance.md holds. Beside the ratio of the best, ratios that no lucky choice or busy round can flatter. */
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

/** `f32 64×4` and `f32` compute in f32; `f32 accuracy 4` need not. */
const isExact = ({ name }: Entry): boolean => name.startsWith('f32') && !name.includes('accuracy');

/** Empty where a side has none. */
const ratio = (theirs?: number, ours?: number): string => (theirs && ours ? `${(theirs / ours).toFixed(2)}×` : '');

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, header.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Three figures that count, whatever the GPU. */
function figures(x: number): string {
  return x < 100 ? x.toPrecision(3) : x.toFixed(0);
}
