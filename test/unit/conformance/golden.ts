/** Reads a golden file: safetensors with f32 and i32 arrays, parsed without the code under test. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

export type Golden = (name: string) => Float32Array | Int32Array;

export async function readGolden(file: URL): Promise<Golden> {
  const bytes = await readFile(file);
  const headerBytes = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + headerBytes).toString()) as Record<
    string,
    { dtype: string; data_offsets: [number, number] }
  >;
  return (name) => {
    const entry = header[name];
    assert.ok(entry, `${file.pathname} has no ${name}`);
    const [from, to] = entry.data_offsets;
    const data = Uint8Array.from(bytes.subarray(8 + headerBytes + from, 8 + headerBytes + to)).buffer;
    if (entry.dtype === 'F32') return new Float32Array(data);
    assert.equal(entry.dtype, 'I32', `${name} is ${entry.dtype}`);
    return new Int32Array(data);
  };
}
