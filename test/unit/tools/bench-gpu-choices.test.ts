/** The choices of kernels that the GPU benchmark tries. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { abilitiesOf, BASELINE } from '../../../src/lm/webgpu/tuning.js';
import { choicesFor, describeChoice } from '../../../tools/bench-gpu-choices.js';

describe('the choices of bench:gpu', () => {
  it('are f32 and tree folds on a GPU without further features', () => {
    const choices = choicesFor(new Set());
    assert.ok(choices.length > 0);
    assert.ok(choices.every(({ arithmetic, fold }) => arithmetic === 'f32' && fold === 'tree'));
  });

  it('use every feature of a GPU', () => {
    const used = new Set(choicesFor(new Set(['subgroups', 'f16', 'dot8'])).flatMap(abilitiesOf));
    assert.deepEqual([...used].sort(), ['dot8', 'f16', 'subgroups']);
  });

  it('have unique names and include the baseline', () => {
    for (const abilities of [new Set<never>(), new Set(['subgroups', 'f16', 'dot8'] as const)]) {
      const names = choicesFor(abilities).map(describeChoice);
      assert.equal(new Set(names).size, names.length);
      assert.ok(names.includes(describeChoice(BASELINE)));
    }
  });
});
