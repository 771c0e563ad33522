/** Writes a .safetensors file front to back, as `model/safetensors.ts` reads it: [8] length, JSON, then the tensors' bytes. */
import { SttError } from '../../errors.js';
import type { TensorToWrite } from '../../model/gguf-writer.js';

const DTYPES: Readonly<Partial<Record<TensorToWrite['type'], string>>> = {
  f32: 'F32',
  f16: 'F16',
  bf16: 'BF16',
  i8: 'I8',
};

/** Tensor data begins here, as the official writers align it. */
const ALIGNMENT = 8;

/** Writes the whole file to `sink`, in pieces and in order; a piece may be overwritten once the sink has resolved. */
export async function writeSafetensors(
  sink: (bytes: Uint8Array) => Promise<void>,
  tensors: readonly TensorToWrite[],
): Promise<void> {
  await sink(header(tensors));
  for (const { name, byteLength, chunks } of tensors) {
    let written = 0;
    for await (const chunk of chunks()) {
      written += chunk.length;
      await sink(chunk);
    }
    if (written !== byteLength) {
      throw new SttError('internal', `tensor ${name} gave ${written} bytes, its header says ${byteLength}`);
    }
  }
}

function header(tensors: readonly TensorToWrite[]): Uint8Array {
  const entries: Record<string, unknown> = {};
  let offset = 0; // from the start of the data
  for (const { name, shape, type, byteLength } of tensors) {
    const dtype = DTYPES[type];
    if (dtype === undefined)
      throw new SttError('internal', `safetensors: ${name} is ${type}, which the format has not`);
    entries[name] = { dtype, shape, data_offsets: [offset, offset + byteLength] };
    offset += byteLength;
  }
  const text = JSON.stringify(entries);
  const json = new TextEncoder().encode(text + ' '.repeat((ALIGNMENT - (text.length % ALIGNMENT)) % ALIGNMENT));
  const bytes = new Uint8Array(8 + json.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}
