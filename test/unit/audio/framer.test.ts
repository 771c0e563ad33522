/** Cutting samples into frames. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Framer } from '../../../src/audio/framer.js';
import { SttError } from '../../../src/errors.js';
import { concat, noise } from './signals.js';

/** Frames `samples` in chunks of `chunk`. */
function frame(samples: Float32Array, size: number, chunk: number): { indexes: number[]; frames: Float32Array[] } {
  const result = { indexes: [] as number[], frames: [] as Float32Array[] };
  const framer = new Framer((index, pcm) => {
    result.indexes.push(index);
    result.frames.push(pcm);
  }, size);
  for (let at = 0; at < samples.length; at += chunk) framer.push(samples.subarray(at, at + chunk));
  framer.end();
  return result;
}

describe('framer', () => {
  for (const chunk of [1, 69, 128, 1_920, 1_921, 10_000]) {
    it(`keeps every sample in order, in chunks of ${chunk}`, () => {
      const samples = noise(1_920 * 3 + 77);
      const { indexes, frames } = frame(samples, 1_920, chunk);
      assert.deepEqual(indexes, [0, 1, 2, 3]);
      for (const each of frames) assert.equal(each.length, 1_920);
      const joined = concat(frames);
      assert.deepEqual(joined.subarray(0, samples.length), samples);
      assert.ok(joined.subarray(samples.length).every((sample) => sample === 0));
    });
  }

  it('emits no empty frame after a stream of whole frames', () => {
    assert.equal(frame(noise(3_840), 1_920, 128).frames.length, 2);
  });

  it('emits no frame without samples', () => {
    assert.equal(frame(new Float32Array(0), 1_920, 128).frames.length, 0);
  });

  it('gives each frame a new buffer', () => {
    const { frames } = frame(noise(10), 2, 3);
    assert.equal(new Set(frames.map((each) => each.buffer)).size, 5);
  });

  it('rejects an invalid size', () => {
    for (const size of [0, -1, 1.5, NaN]) {
      assert.throws(
        () => new Framer(() => undefined, size),
        (error) => error instanceof SttError && error.code === 'invalid-argument',
      );
    }
  });
});
