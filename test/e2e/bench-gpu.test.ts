/** `npm run bench:gpu -- --quick`: both sides run on the same adapter and agree. Their speed is not tested. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { BenchReport } from '../../tools/bench-gpu-page.js';
import { formatReport } from '../../tools/bench-gpu-report.js';

const BENCH = fileURLToPath(new URL('../../tools/bench-gpu.ts', import.meta.url));

describe('npm run bench:gpu -- --quick', () => {
  it('computes the same products as ONNX Runtime and prints a ratio for each shape', () => {
    const output = execFileSync(process.execPath, ['--import', 'tsx', BENCH, '--quick', '--json'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const report = JSON.parse(output) as BenchReport;
    assert.equal(report.shapes.length, 2);
    for (const { name, copies, entries } of report.shapes) {
      assert.ok(copies > 1, `${name}: ${copies} copies`);
      // The page throws where a result is off by more than its arithmetic explains.
      for (const side of ['ours', 'theirs']) {
        const exact = entries.filter((entry) => entry.side === side && entry.error < 1e-5);
        assert.ok(exact.length > 0, `${name}: no f32 product of ${side} among ${JSON.stringify(entries)}`);
      }
    }
    const text = formatReport(report);
    assert.match(text, /^Adapter: \S/);
    for (const { name } of report.shapes) assert.match(text, new RegExp(`^\\| ${name} .*\\d\\.\\d\\d× \\|$`, 'm'));
  });
});
