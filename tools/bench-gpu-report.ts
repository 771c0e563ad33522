/** What `npm run bench:gpu` prints: each contender's time, and who is faster by how much, shape by shape. */
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
    [`${name} ${N}×${K}, ${copies} copies`, 'ms', 'least', 'GB/s', 'error', 'to the best of the other side'],
    rows,
  );
}

function row(entry: Entry, entries: readonly Entry[]): string[] {
  const { name, side, ms, leastMs, gbps, error } = entry;
  const other = best(entries, side === 'ours' ? 'theirs' : 'ours');
  const ratio = other ? `${(other.ms / ms).toFixed(2)}×` : '';
  const who = side === 'ours' ? 'ours' : 'ONNX Runtime';
  return [`${who} ${name}`, ms.toFixed(3), leastMs.toFixed(3), figures(gbps), error.toExponential(1), ratio];
}

/** The table docs/performance.md holds. */
function formatSummary(shapes: readonly ShapeReport[]): string {
  const rows = shapes.flatMap(({ name, N, K, entries }) => {
    const [ours, theirs] = [best(entries, 'ours'), best(entries, 'theirs')];
    const [exact, theirExact] = [best(entries, 'ours', 'f32'), best(entries, 'theirs', 'f32')];
    if (!ours || !theirs) return [];
    return [
      [
        `${name} ${N}×${K}`,
        `${ours.name}: ${ours.ms.toFixed(2)} ms, ${figures(ours.gbps)} GB/s`,
        `${theirs.name}: ${theirs.ms.toFixed(2)} ms, ${figures(theirs.gbps)} GB/s`,
        `${(theirs.ms / ours.ms).toFixed(2)}×`,
        exact && theirExact ? `${(theirExact.ms / exact.ms).toFixed(2)}×` : '',
      ],
    ];
  });
  return table(['shape', 'ours', 'ONNX Runtime', 'ratio', 'ratio, f32 both'], rows);
}

/** The quickest of a side; with `arithmetic`, of those that compute in it. */
function best(entries: readonly Entry[], side: Entry['side'], arithmetic?: 'f32'): Entry | undefined {
  return entries
    .filter((entry) => entry.side === side && (!arithmetic || isIn(arithmetic, entry)))
    .sort((a, b) => a.ms - b.ms)[0];
}

/** `f32 64×4` and `f32` compute in f32; `f32 accuracy 4` may not. */
function isIn(arithmetic: 'f32', { name }: Entry): boolean {
  return name.startsWith(arithmetic) && !name.includes('accuracy');
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, header.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Three figures that count, whatever the GPU. */
function figures(x: number): string {
  return x < 100 ? x.toPrecision(3) : x.toFixed(0);
}
