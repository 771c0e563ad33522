/** Weights converted for ONNX Runtime stand for the same numbers as ours. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { f16ToF32 } from '../../../kernels/reference/f16.js';
import { decodeQ4_0, Q4_0_BYTES } from '../../../kernels/reference/q4_0.js';
import { toNBits, type NBitsWeights } from '../../../tools/onnx-q4.js';
import { normals, quantised, random } from '../kernels/numbers.js';

const BLOCKS = 40;

/** Decodes as MatMulNBits does: element i is nibble i of the block, low first, minus 8, times the scale. */
function decodeNBits({ quants, scales }: NBitsWeights): number[] {
  const scaleOf = (block: number): number =>
    scales instanceof Float32Array ? scales[block]! : f16ToF32(scales[block]!);
  return Array.from({ length: quants.length * 2 }, (_, i) => {
    const byte = quants[i >> 1]!;
    return Math.fround(scaleOf(i >> 5) * ((i % 2 === 0 ? byte & 15 : byte >> 4) - 8));
  });
}

describe('Q4_0 converted to MatMulNBits weights', () => {
  const { raw } = quantised('q4_0', normals(random(3), BLOCKS * 32));
  const expected = new Float32Array(BLOCKS * 32);
  decodeQ4_0(raw, expected);

  for (const type of ['f32', 'f16'] as const) {
    it(`represents the same numbers with scales in ${type}`, () => {
      assert.deepEqual(decodeNBits(toNBits(raw, type)), Array.from(expected));
    });
  }

  it('reads blocks that begin at an odd address', () => {
    const shifted = new Uint8Array(raw.length + 1);
    shifted.set(raw, 1);
    assert.deepEqual(toNBits(shifted.subarray(1), 'f32'), toNBits(raw, 'f32'));
  });

  it('gives 16 bytes of quants and one scale per block of 18 bytes', () => {
    const { quants, scales } = toNBits(raw, 'f32');
    assert.equal(raw.length, BLOCKS * Q4_0_BYTES);
    assert.equal(quants.length, BLOCKS * 16);
    assert.equal(scales.length, BLOCKS);
  });
});
