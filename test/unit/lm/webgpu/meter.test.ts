import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GpuMeter } from '../../../../src/lm/webgpu/meter.js';

const FACTS = {
  adapter: 'a GPU',
  isSoftware: false,
  plan: 'fused',
  variant: 'baseline',
  dispatches: 83,
  bytesPerStep: 570e6,
} as const;

describe('the meter of a GPU', () => {
  it('counts steps, submits and results since `begin`', () => {
    const meter = new GpuMeter();
    meter.submitted(1);
    meter.read(1, 900);
    meter.begin(10);
    meter.submitted(1);
    meter.submitted(3);
    meter.read(1, NaN);
    const { steps, submits, readBacks, stepMs, gbPerSecond } = meter.report(FACTS);
    assert.deepEqual({ steps, submits, readBacks, stepMs }, { steps: 4, submits: 2, readBacks: 1, stepMs: 10 });
    assert.equal(gbPerSecond, 57);
  });

  it('estimates the GPU’s time even if the browser polls for results ten times a second', () => {
    const meter = new GpuMeter();
    meter.begin(20);
    // A step of 8 ms, noticed at the next poll: evenly spread over a tenth of a second.
    for (let i = 0; i < 500; i++) meter.read(1, 8 + ((i * 37) % 100));
    assert.ok(Math.abs(meter.report(FACTS).stepMs - 20) < 12, String(meter.report(FACTS).stepMs));
  });

  it('ignores the times of steps of several streams and of steps that waited for others', () => {
    const meter = new GpuMeter();
    meter.begin(10);
    meter.read(4, 40);
    meter.read(1, NaN);
    assert.equal(meter.report(FACTS).stepMs, 10);
  });

  it('reports no speed before the first step', () => {
    assert.equal(new GpuMeter().report(FACTS).gbPerSecond, 0);
  });
});
