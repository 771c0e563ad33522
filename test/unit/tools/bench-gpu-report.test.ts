/** The report of the GPU benchmark. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BASELINE } from '../../../src/lm/webgpu/tuning.js';
import { describeChoice } from '../../../tools/bench-gpu-choices.js';
import type { BenchReport, Entry } from '../../../tools/bench-gpu-page.js';
import { formatReport } from '../../../tools/bench-gpu-report.js';

const entry = (side: Entry['side'], name: string, ms: number): Entry => ({
  side,
  name,
  ms,
  leastMs: ms / 2,
  gbps: 10 / ms,
  error: 1e-6,
});

const REPORT: BenchReport = {
  adapter: 'acme one',
  isSoftware: false,
  abilities: ['subgroups', 'dot8'],
  shapes: [
    {
      name: 'out',
      N: 64,
      K: 32,
      copies: 3,
      entries: [
        entry('ours', describeChoice(BASELINE), 4),
        entry('ours', 'dot8 64×8', 2),
        entry('theirs', 'f32', 6),
        entry('theirs', 'f32 accuracy 4', 5),
      ],
    },
  ],
};

describe('the report of bench:gpu', () => {
  it('names the adapter and its features', () => {
    assert.match(formatReport(REPORT), /Adapter: acme one \(subgroups, dot8\)/);
  });

  it('notes that figures of a software adapter are relative, and not for a GPU', () => {
    assert.match(formatReport({ ...REPORT, isSoftware: true }), /software renderer: compare within this table only/);
    assert.doesNotMatch(formatReport(REPORT), /software renderer/);
  });

  it('compares the best of each side, the best in f32, the baseline, and the fastest rounds', () => {
    const summary = formatReport(REPORT).split('\n').at(-1);
    assert.equal(
      summary,
      '| out 64×32 | dot8 64×8: 2.00 ms, 5.00 GB/s | f32 accuracy 4: 5.00 ms, 2.00 GB/s | 2.50× | 1.50× | 1.25× | 2.50× |',
    );
  });

  it('lists every contender, fastest first, relative to the best of the other side', () => {
    const rows = formatReport(REPORT).match(/^\| (ours|ONNX Runtime) .*$/gm) ?? [];
    assert.deepEqual(
      rows.map((row) => row.slice(2).split(' | ').at(0)),
      ['ours dot8 64×8', `ours ${describeChoice(BASELINE)}`, 'ONNX Runtime f32 accuracy 4', 'ONNX Runtime f32'],
    );
    assert.deepEqual(
      rows.map((row) => row.split(' | ').at(-1)),
      ['2.50× |', '1.25× |', '0.40× |', '0.33× |'],
    );
  });
});
