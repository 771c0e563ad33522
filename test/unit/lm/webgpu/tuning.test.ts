import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  attentionLanes,
  BASELINE,
  lanesFor,
  parseVariant,
  rowsFor,
  splitsFor,
  uniformly,
} from '../../../../src/lm/webgpu/tuning.js';
import type { LmConfig } from '../../../../src/model/config.js';

const config = (numHeads: number, context: number, dim = 128 * numHeads): LmConfig =>
  ({ numHeads, context, dim }) as LmConfig;

describe('a tuning', () => {
  it('limits the lanes of a workgroup to the blocks of a row', () => {
    assert.equal(lanesFor(BASELINE, { type: 'q4_0', K: 2048 }), 64);
    assert.equal(lanesFor(BASELINE, { type: 'q4_0', K: 256 }), 16);
    assert.equal(lanesFor({ ...BASELINE, lanes: 256 }, { type: 'q4_0', K: 5632 }), 256);
    assert.equal(lanesFor(BASELINE, { type: 'f32', K: 92 }), 32);
  });

  it('gives an even number of rows that fit workgroup memory, for every batch', () => {
    for (const lanes of [16, 32, 64, 128, 256]) {
      for (const rows of [2, 4, 8, 16]) {
        for (const batch of [1, 2, 3, 4]) {
          const fit = rowsFor({ ...BASELINE, lanes, rows }, batch);
          assert.equal(fit % 2, 0);
          assert.ok(fit >= 2 && fit <= rows);
          if (fit > 2) assert.ok(4 * lanes * batch * (fit + 1) <= 16_384, `${lanes} × ${rows}, ${batch}`);
        }
      }
    }
  });

  it('splits a ring so that its scores and shares fit', () => {
    const tuning = uniformly(BASELINE, 16);
    assert.equal(splitsFor(tuning, config(16, 750)), 16);
    // Four streams of 40 heads by 16 splits would take 10 KiB beside the sums.
    assert.equal(splitsFor(tuning, config(40, 750)), 6);
    assert.equal(splitsFor(tuning, config(16, 5)), 5);
    assert.equal(splitsFor(uniformly(BASELINE, 2), config(16, 10_000)), 5);
  });

  it('gives attention one lane per pair of a head’s numbers', () => {
    assert.equal(attentionLanes(config(16, 750)), 64);
    assert.equal(attentionLanes(config(5, 17, 90)), 16);
  });

  it('parses a variant', () => {
    assert.deepEqual(parseVariant('baseline'), { arithmetic: 'f32', fold: 'tree' });
    assert.deepEqual(parseVariant('subgroups+dot8'), { arithmetic: 'dot8', fold: 'subgroups' });
    assert.deepEqual(parseVariant('baseline 16x2'), { arithmetic: 'f32', fold: 'tree', lanes: 16, rows: 2 });
    for (const wrong of ['fast', '', 'baseline 16', 'baseline 24x2', 'baseline 16x3'])
      assert.equal(parseVariant(wrong), undefined, wrong);
  });
});
