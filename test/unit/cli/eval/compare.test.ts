/** The bootstrap interval, on sets whose interval is known. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bootstrap, type PairedErrors } from '../../../../src/cli/eval/compare.js';

describe('bootstrap', () => {
  it('has the width of the normal approximation on many utterances', () => {
    // B has one more error in every second utterance: mean 0.05, deviation 0.05 per utterance.
    const pairs = Array.from({ length: 400 }, (_, i): PairedErrors => ({ words: 10, a: 1, b: 1 + (i % 2) }));
    for (const seed of [1, 2, 3]) {
      const { low, high } = bootstrap(pairs, seed);
      const half = 1.96 * (0.05 / Math.sqrt(400));
      assert.ok(Math.abs(low - (0.05 - half)) < 4e-4, `low ${low}`);
      assert.ok(Math.abs(high - (0.05 + half)) < 4e-4, `high ${high}`);
    }
  });

  it('has no width where both models differ equally everywhere, however long the utterances', () => {
    const pairs = Array.from({ length: 20 }, (_, i): PairedErrors => ({ words: 10 * (i + 1), a: 0, b: i + 1 }));
    const { low, high } = bootstrap(pairs, 1);
    assert.deepEqual([low, high], [0.1, 0.1]);
  });

  it('is the same for the same seed only', () => {
    const pairs = Array.from({ length: 50 }, (_, i): PairedErrors => ({ words: 3 + (i % 7), a: i % 3, b: i % 5 }));
    assert.deepEqual(bootstrap(pairs, 5), bootstrap(pairs, 5));
    assert.notDeepEqual(bootstrap(pairs, 5), bootstrap(pairs, 6));
  });

  it('draws again where only empty references were drawn', () => {
    const { low, high } = bootstrap(
      [
        { words: 0, a: 0, b: 0 },
        { words: 4, a: 0, b: 1 },
      ],
      1,
    );
    assert.deepEqual([low, high], [0.25, 0.25]);
  });
});
