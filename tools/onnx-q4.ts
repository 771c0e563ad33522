/** Converts Q4_0 blocks of a GGUF to the inputs of ONNX Runtime's MatMulNBits: the same numbers in another order. */
import { f16ToF32 } from '../kernels/reference/f16.js';
import { Q4_0_BLOCK, Q4_0_BYTES } from '../kernels/reference/q4_0.js';

/** The weights of MatMulNBits with the default zero points of 8. */
export interface NBitsWeights {
  /** [blocks, 16] u8: byte j of a block holds x[2j] (low nibble) and x[2j + 1] (high). */
  readonly quants: Uint8Array<ArrayBuffer>;
  /** [blocks], of the type of the activations; f16 as its bits. */
  readonly scales: Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;
}

/** `raw` [blocks · 18] as in a GGUF, where byte j holds x[j] and x[j + 16]. No number changes: f16 scales are exact in f32. */
export function toNBits(raw: Uint8Array, type: 'f32' | 'f16'): NBitsWeights {
  const blocks = raw.length / Q4_0_BYTES;
  const quants = new Uint8Array((blocks * Q4_0_BLOCK) / 2);
  const scales = type === 'f32' ? new Float32Array(blocks) : new Uint16Array(blocks);
  const from = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  for (let b = 0; b < blocks; b++) {
    const at = b * Q4_0_BYTES;
    const half = from.getUint16(at, true);
    scales[b] = type === 'f32' ? f16ToF32(half) : half;
    const nibble = (i: number): number => {
      const byte = from.getUint8(at + 2 + (i % 16));
      return i < 16 ? byte & 15 : byte >> 4;
    };
    for (let j = 0; j < 16; j++) quants[b * 16 + j] = nibble(2 * j) | (nibble(2 * j + 1) << 4);
  }
  return { quants, scales };
}
