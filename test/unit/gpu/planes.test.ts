/** Planes split from blocks, compared with the definition of the blocks. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { f16ToF32 } from '../../../kernels/reference/f16.js';
import { splitBlocks, splitPlanes } from '../../../src/gpu/planes.js';
import { normals, quantised, random } from '../kernels/numbers.js';

const TYPES = ['q4_0', 'q8_0'] as const;

/** Weight i of two planes, by the definition in planes.ts. */
function weight(type: 'q4_0' | 'q8_0', quants: Uint8Array, scales: Uint8Array, i: number): number {
  const [block, j] = [Math.floor(i / 32), i % 32];
  const d = f16ToF32(new DataView(scales.buffer).getUint16(block * 2, true));
  if (type === 'q8_0') return d * ((quants[i]! << 24) >> 24);
  const byte = quants[block * 16 + (j % 16)]!;
  return d * ((j < 16 ? byte & 15 : byte >> 4) - 8);
}

describe('splitPlanes', () => {
  for (const type of TYPES) {
    it(`keeps every weight of ${type}, for odd and even numbers of blocks`, () => {
      for (const blocks of [1, 2, 7, 64]) {
        const { raw, decoded } = quantised(type, normals(random(blocks), blocks * 32));
        const { quants, scales } = splitPlanes(raw, type);
        assert.equal(quants.length + scales.length, raw.length + (blocks % 2) * 2);
        for (const [i, expected] of decoded.entries()) {
          assert.equal(Math.fround(weight(type, quants, scales, i)), expected, `weight ${i} of ${blocks} blocks`);
        }
      }
    });

    it(`accepts blocks of ${type} that begin at an odd address`, () => {
      const { raw } = quantised(type, normals(random(5), 96));
      const moved = new Uint8Array(raw.length + 1);
      moved.set(raw, 1);
      assert.deepEqual(splitPlanes(moved.subarray(1), type), splitPlanes(raw, type));
    });
  }
});

describe('splitBlocks', () => {
  it('writes scales from the given index on and nothing else', () => {
    const { raw } = quantised('q4_0', normals(random(9), 64));
    const quants = new Uint16Array(17).fill(7);
    const scales = new Uint16Array(5).fill(7);
    splitBlocks(raw, 'q4_0', quants, scales, 1);
    assert.deepEqual([quants[16], scales[0], scales[3], scales[4]], [7, 7, 7, 7]);
    assert.deepEqual([scales[1], scales[2]], [raw[0]! | (raw[1]! << 8), raw[18]! | (raw[19]! << 8)]);
  });
});
