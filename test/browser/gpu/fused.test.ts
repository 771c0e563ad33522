/** Every fused kernel compared with its plain twin, at the published model's dims and at awkward ones. */
import { assert } from '@open-wc/testing';
import { BASELINE, SOFTWARE, uniformly, type Choice } from '../../../src/lm/webgpu/tuning.js';
import { Bench } from './bench.js';
import { FusedRig, type RigConfig } from './fused-rig.js';
import type { Type } from './random-matrix.js';

const PUBLISHED: RigConfig = {
  dim: 2048,
  numHeads: 16,
  hidden: 5632,
  context: 750,
  nQ: 32,
  card: 9,
  textCard: 8000,
  numLayers: 1,
  pauseHeads: 4,
  pauseClasses: 6,
};

const ODD: RigConfig = {
  dim: 90,
  numHeads: 5,
  hidden: 77,
  context: 11,
  nQ: 3,
  card: 9,
  textCard: 43,
  numLayers: 1,
  pauseHeads: 0,
  pauseClasses: 6,
};

/** Whole blocks, heads of 18, so that a head ends inside a vec4, and two layers. */
const QUANTISED: RigConfig = { ...ODD, dim: 288, numHeads: 16, hidden: 96, pauseHeads: 3, numLayers: 2 };

describe('the fused plan', () => {
  let bench: Bench;
  beforeEach(async () => (bench = await Bench.open()));
  afterEach(() => bench.close());

  it('matches its twins at the published dims, before, at and long past the wrap of the ring', async function () {
    this.timeout(600_000);
    const rig = new FusedRig(bench, PUBLISHED, 'q4_0', uniformly(SOFTWARE), 'f16');
    assert.equal(rig.dispatches, 5 + 3);
    for (const t of [0, 749, 750, 10_000_000]) await rig.check(t);
    rig.retune(uniformly(BASELINE));
    await rig.check(751);
  });

  // Rows per lane and types are separate parts, so one type is tested with the most rows and the others with few.
  for (const [type, rows] of [
    ['f32', 2],
    ['f16', 2],
    ['q8_0', 4],
    ['q4_0', BASELINE.rows],
  ] as const) {
    it(`matches its twins on ${type} weights at odd dims, for one to four streams`, async () => {
      const config = type === 'f32' || type === 'f16' ? ODD : QUANTISED;
      const tuning = uniformly({ ...BASELINE, rows });
      const rig = new FusedRig(bench, config, type, tuning, type === 'f32' ? 'f32' : 'f16', 4);
      assert.equal(rig.dispatches, 5 * config.numLayers + 3);
      for (const [t, batch] of [
        [0, 1],
        [1, 2],
        [10, 3],
        [11, 4],
        [12, 1],
        [4711, 4],
      ] as const) {
        await rig.check(t, batch);
      }
    });
  }

  const choices: [string, Type, Partial<Choice>, number][] = [
    ['two rows', 'q4_0', { rows: 2 }, 1],
    ['eight rows', 'q4_0', { rows: 8 }, 3],
    ['sixteen rows', 'q4_0', { rows: 16 }, 2],
    ['128 lanes', 'q4_0', { lanes: 128 }, 4],
    ['32 lanes', 'f16', { lanes: 32 }, 4],
    ['256 lanes', 'f32', { lanes: 256, rows: 2 }, 8],
    ['subgroups', 'q4_0', { fold: 'subgroups' }, 4],
    ['subgroups and more values than lanes', 'q4_0', { fold: 'subgroups', lanes: 16, rows: 16 }, 4],
    ['subgroups and 128 lanes', 'q8_0', { fold: 'subgroups', lanes: 128, rows: 8 }, 11],
    ['int8 dot products', 'q4_0', { arithmetic: 'dot8' }, 4],
    ['int8 dot products on Q8_0', 'q8_0', { arithmetic: 'dot8', fold: 'subgroups' }, 4],
  ];
  for (const [name, type, choice, splits] of choices) {
    it(`matches its twins with ${name} and ${splits} splits`, async () => {
      const config = type === 'f32' || type === 'f16' ? ODD : QUANTISED;
      const rig = new FusedRig(bench, config, type, uniformly({ ...BASELINE, ...choice }, splits), 'f16', 4);
      for (const [t, batch] of [
        [0, 1],
        [7, 4],
        [23, 2],
      ] as const) {
        await rig.check(t, batch);
      }
    });
  }
});
