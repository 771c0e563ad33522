/** The expected bytes of stacked tensors on the GPU, computed from the file without the code under test. */
import { bf16ToF32, f16ToF32 } from '../../../../kernels/reference/f16.js';
import { decodeQ4_0 } from '../../../../kernels/reference/q4_0.js';
import { decodeQ8_0 } from '../../../../kernels/reference/q8_0.js';
import type { TensorType } from '../../../../src/model/tensor-types.js';
import type { Made } from './made-model.js';

/** The bytes of each plane, without the padding of buffers. */
export function expectedPlanes(
  { model, file, offsets }: Made,
  names: readonly string[],
  type: 'f32' | 'f16' | 'q8_0' | 'q4_0',
): Uint8Array[] {
  const parts = names.map((name) => {
    const { byteLength, shape, type: stored } = model.tensors.get(name)!;
    const at = offsets.get(name)!;
    const rows = shape.length === 1 ? 1 : shape[0]!;
    return { raw: file.subarray(at, at + byteLength), stored, rows, columns: shape.at(-1)! };
  });
  if (type === 'q4_0' || type === 'q8_0') {
    const stride = type === 'q4_0' ? 18 : 34;
    const blocks = parts.flatMap(({ raw }) =>
      Array.from({ length: raw.length / stride }, (_, b) => raw.subarray(b * stride, (b + 1) * stride)),
    );
    return [joined(blocks.map((block) => block.subarray(2))), joined(blocks.map((block) => block.subarray(0, 2)))];
  }
  const rows = parts.flatMap(({ raw, stored, rows: count, columns }) => {
    const bytes = type === 'f16' ? raw.slice() : new Uint8Array(decoded(stored, raw, count * columns).buffer);
    const width = columns * (type === 'f16' ? 2 : 4);
    const padding = new Uint8Array((-columns & 3) * (type === 'f16' ? 2 : 4));
    return Array.from({ length: count }, (_, n) => [bytes.subarray(n * width, (n + 1) * width), padding]).flat();
  });
  return [joined(rows)];
}

function decoded(type: TensorType, raw: Uint8Array, count: number): Float32Array {
  const y = new Float32Array(count);
  const view = new DataView(raw.buffer, raw.byteOffset);
  if (type === 'q4_0') decodeQ4_0(raw, y);
  else if (type === 'q8_0') decodeQ8_0(raw, y);
  else if (type === 'f32') return y.map((_, i) => view.getFloat32(4 * i, true));
  else return y.map((_, i) => (type === 'f16' ? f16ToF32 : bf16ToF32)(view.getUint16(2 * i, true)));
  return y;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
