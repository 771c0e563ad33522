/** f32 numbers as any type a model file stores. */
import { f32ToF16 } from '../../kernels/reference/f16.js';
import { encodeQ4_0 } from '../../kernels/reference/q4_0.js';
import { encodeQ8_0 } from '../../kernels/reference/q8_0.js';
import { storedBytes } from './tensor-types.js';

/** What the converter writes. */
export type TargetType = 'f32' | 'f16' | 'q8_0' | 'q4_0';

/** `x` as stored. For the block types its length is a multiple of 32. */
export function encodeTensor(type: TargetType, x: Float32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (type === 'f32') return new Uint8Array(x.buffer, x.byteOffset, x.byteLength);
  const bytes = new Uint8Array(storedBytes(type, x.length));
  switch (type) {
    case 'f16': {
      const halves = new Uint16Array(bytes.buffer);
      for (let i = 0; i < x.length; i++) halves[i] = f32ToF16(x[i]!);
      return bytes;
    }
    case 'q8_0':
      encodeQ8_0(x, bytes);
      return bytes;
    case 'q4_0':
      encodeQ4_0(x, bytes);
      return bytes;
  }
}
