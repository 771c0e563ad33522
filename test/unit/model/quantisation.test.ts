/** Compares f16, Q4_0 and Q8_0 with numpy and gguf-py, bit for bit. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { bf16ToF32, f16ToF32, f32ToF16 } from '../../../kernels/reference/f16.js';
import { decodeQ4_0, encodeQ4_0 } from '../../../kernels/reference/q4_0.js';
import { decodeQ8_0, encodeQ8_0 } from '../../../kernels/reference/q8_0.js';
import { FIXTURES } from './crafted-files.js';

const golden = JSON.parse(await readFile(new URL('quant/quant.json', FIXTURES), 'utf8')) as Record<string, string>;
const bytes = (key: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(golden[key]!, 'base64'));
const floats = (key: string): Float32Array => new Float32Array(bytes(key).buffer);
/** Bits, because -0 equals 0, and NaN does not equal itself. */
const bitsOf = (x: Float32Array): Uint32Array => new Uint32Array(x.buffer, x.byteOffset, x.length);

describe('f16', () => {
  it('rounds to nearest, ties to even, like numpy', () => {
    const expected = new Uint16Array(bytes('f16').buffer);
    assert.deepEqual(Uint16Array.from(floats('f32'), f32ToF16), expected);
  });

  it('decodes like numpy', () => {
    const expected = floats('every_f16');
    const found = Float32Array.from(expected, (_, i) => f16ToF32(i * 13));
    for (const [i, x] of expected.entries()) assert.ok(Object.is(found[i], x), `${i * 13}: ${found[i]} for ${x}`);
  });

  it('encodes every decoded value but NaN to the same bits', () => {
    for (let half = 0; half < 0x10000; half++) {
      if (!Number.isNaN(f16ToF32(half))) assert.equal(f32ToF16(f16ToF32(half)), half);
    }
  });

  it('reads bfloat16 as the upper half of f32', () => {
    for (const x of [0, -0, 1, -2.5, 2 ** -130, 3.38e38, Infinity]) {
      const upper = new Uint32Array(Float32Array.of(x).buffer)[0]! >>> 16;
      const truncated = new Float32Array(Uint32Array.of(upper << 16).buffer)[0];
      assert.ok(Object.is(bf16ToF32(upper), truncated));
    }
  });
});

for (const [name, encode, decode, blockBytes] of [
  ['q4_0', encodeQ4_0, decodeQ4_0, 18],
  ['q8_0', encodeQ8_0, decodeQ8_0, 34],
] as const) {
  describe(name, () => {
    it('encodes the same blocks as gguf-py', () => {
      const x = floats('x');
      const blocks = new Uint8Array((x.length / 32) * blockBytes);
      encode(x, blocks);
      for (let at = 0; at < blocks.length; at += blockBytes) {
        const expected = bytes(name).subarray(at, at + blockBytes);
        assert.deepEqual(blocks.subarray(at, at + blockBytes), expected, `block ${at / blockBytes}`);
      }
    });

    it('decodes the same values as gguf-py', () => {
      const expected = floats(`${name}_decoded`);
      const y = new Float32Array(expected.length);
      decode(bytes(name), y);
      assert.deepEqual(bitsOf(y), bitsOf(expected));
    });

    it('decodes a partial block', () => {
      const y = new Float32Array(45);
      decode(bytes(name), y);
      assert.deepEqual(bitsOf(y), bitsOf(floats(`${name}_decoded`).slice(0, 45)));
    });
  });
}
