/** Writes a GGUF v3 file sequentially: the header, then tensor after tensor, without holding them in memory. */
import { SttError } from '../errors.js';
import { ggmlIdOf, type TensorType } from './tensor-types.js';

/** Bytes; ggml's default. */
const ALIGNMENT = 32;

/** ggml's number for int8, the type of tensors that contain a file's bytes. */
const I8 = 24;

/** GGUF's numbers for the metadata types we write. */
const U32 = 4;
const I32 = 5;
const F32 = 6;
const STRING = 8;
const ARRAY = 9;
const F64 = 12;

/** One metadata value with the type it is stored as. */
export type MetadataEntry =
  | { readonly key: string; readonly type: 'u32' | 'f32' | 'f64'; readonly value: number }
  | { readonly key: string; readonly type: 'u32[]' | 'i32[]' | 'f32[]'; readonly value: readonly number[] }
  | { readonly key: string; readonly type: 'string'; readonly value: string }
  | { readonly key: string; readonly type: 'string[]'; readonly value: readonly string[] };

export interface TensorToWrite {
  readonly name: string;
  /** Row-major, outermost first. */
  readonly shape: readonly number[];
  readonly type: TensorType | 'i8';
  readonly byteLength: number;
  /** The tensor's bytes in pieces of any size, `byteLength` in total. */
  readonly chunks: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** Passes the file to `sink` in order, piece by piece. The same arguments produce the same bytes. */
export async function writeGguf(
  sink: (bytes: Uint8Array) => Promise<void>,
  metadata: readonly MetadataEntry[],
  tensors: readonly TensorToWrite[],
): Promise<void> {
  await sink(ggufHeader(metadata, tensors));
  for (const { name, byteLength, chunks } of tensors) {
    let written = 0;
    for await (const chunk of chunks()) {
      await sink(chunk);
      written += chunk.length;
    }
    if (written !== byteLength) {
      throw new SttError('internal', `tensor ${name} gave ${written} bytes, its header says ${byteLength}`);
    }
    await sink(new Uint8Array(padding(byteLength)));
  }
}

function ggufHeader(metadata: readonly MetadataEntry[], tensors: readonly TensorToWrite[]): Uint8Array {
  const out = new HeaderBytes();
  out.bytes(new TextEncoder().encode('GGUF'));
  out.u32(3);
  out.u64(tensors.length);
  out.u64(metadata.length);
  for (const entry of metadata) {
    out.string(entry.key);
    writeValue(out, entry);
  }
  let offset = 0; // from the start of the data section
  for (const { name, shape, type, byteLength } of tensors) {
    out.string(name);
    out.u32(shape.length);
    for (const size of [...shape].reverse()) out.u64(size); // innermost first
    out.u32(type === 'i8' ? I8 : ggmlIdOf(type));
    out.u64(offset);
    offset += byteLength + padding(byteLength);
  }
  out.bytes(new Uint8Array(padding(out.length)));
  return out.take();
}

function writeValue(out: HeaderBytes, entry: MetadataEntry): void {
  switch (entry.type) {
    case 'u32':
      out.u32(U32);
      out.u32(entry.value);
      return;
    case 'f32':
      out.u32(F32);
      out.f32(entry.value);
      return;
    case 'f64':
      out.u32(F64);
      out.f64(entry.value);
      return;
    case 'string':
      out.u32(STRING);
      out.string(entry.value);
      return;
    case 'u32[]':
    case 'i32[]':
      out.u32(ARRAY);
      out.u32(entry.type === 'u32[]' ? U32 : I32);
      out.u64(entry.value.length);
      for (const value of entry.value) out.u32(value); // negative values wrap to their two's complement
      return;
    case 'f32[]':
      out.u32(ARRAY);
      out.u32(F32);
      out.u64(entry.value.length);
      for (const value of entry.value) out.f32(value);
      return;
    case 'string[]':
      out.u32(ARRAY);
      out.u32(STRING);
      out.u64(entry.value.length);
      for (const value of entry.value) out.string(value);
  }
}

/** Bytes up to the next multiple of the alignment. */
function padding(length: number): number {
  return (ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT;
}

/** Little-endian numbers and length-prefixed strings, appended. */
class HeaderBytes {
  readonly #parts: Uint8Array[] = [];
  length = 0;

  bytes(part: Uint8Array): void {
    this.#parts.push(part);
    this.length += part.length;
  }

  u32(value: number): void {
    const view = new DataView(new ArrayBuffer(4));
    view.setUint32(0, value, true);
    this.bytes(new Uint8Array(view.buffer));
  }

  u64(value: number): void {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigUint64(0, BigInt(value), true);
    this.bytes(new Uint8Array(view.buffer));
  }

  f32(value: number): void {
    const view = new DataView(new ArrayBuffer(4));
    view.setFloat32(0, value, true);
    this.bytes(new Uint8Array(view.buffer));
  }

  f64(value: number): void {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value, true);
    this.bytes(new Uint8Array(view.buffer));
  }

  string(value: string): void {
    const text = new TextEncoder().encode(value);
    this.u64(text.length);
    this.bytes(text);
  }

  take(): Uint8Array {
    const all = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}
