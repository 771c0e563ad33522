/** Reads the header of a .safetensors file: [8] length, JSON, then the tensors' bytes. */
import { SttError } from '../errors.js';
import type { ByteSource } from '../bytes/byte-source.js';
import { checkExtents, countOf, type StoredTensor, type TensorFile } from './tensor-file.js';
import { storedBytes, typeOfDtype } from './tensor-types.js';

/** A 300-tensor checkpoint's header is about 40 kB; anything near this is damaged or malicious. */
const MAX_HEADER = 16 * 1024 * 1024;

/** Reads the location of every tensor. Rejects with `model-invalid`, naming file, tensor, found and expected. */
export async function readSafetensors(source: ByteSource): Promise<TensorFile> {
  if (source.size < 8) throw invalid(source, `is ${source.size} bytes long, a safetensors file has at least 8`);
  const length = Number(new DataView((await source.read(0, 8)).buffer).getBigUint64(0, true));
  const most = Math.min(MAX_HEADER, source.size - 8);
  if (length < 2 || length > most) {
    throw invalid(
      source,
      `not a safetensors file: says its header is ${length} bytes long, at most ${most} are possible`,
    );
  }
  const header = parseHeader(source, await source.read(8, length));
  const dataStart = 8 + length;

  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name !== '__metadata__') tensors.set(name, readEntry(source, name, entry, dataStart));
  }
  checkExtents(source, tensors.values(), dataStart);
  return tensors;
}

function parseHeader(source: ByteSource, bytes: Uint8Array): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (isRecord(header)) return header;
  } catch (cause) {
    throw SttError.from(cause, `${source.name}: the safetensors header is not JSON`, 'model-invalid');
  }
  throw invalid(source, 'the safetensors header is not a JSON object');
}

function readEntry(source: ByteSource, name: string, entry: unknown, dataStart: number): StoredTensor {
  if (!isRecord(entry)) throw invalid(source, `tensor ${name}: its header entry is not an object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string') throw invalid(source, `tensor ${name}: has no dtype`);
  if (!isSizes(shape))
    throw invalid(source, `tensor ${name}: shape is ${JSON.stringify(shape)}, expected whole numbers`);
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw invalid(source, `tensor ${name}: data_offsets is ${JSON.stringify(offsets)}, expected two whole numbers`);
  }
  const [begin = 0, end = 0] = offsets;
  const type = typeOfDtype(dtype);
  const byteLength = end - begin;
  if (type !== undefined && byteLength !== storedBytes(type, countOf(shape))) {
    const expected = storedBytes(type, countOf(shape));
    throw invalid(
      source,
      `tensor ${name}: ${dtype} [${shape.join(', ')}] takes ${expected} bytes, data_offsets span ${byteLength}`,
    );
  }
  if (byteLength < 0) throw invalid(source, `tensor ${name}: data_offsets run backwards, ${begin} to ${end}`);
  return { name, shape, dtype, type, offset: dataStart + begin, byteLength, source };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= 8 && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
}

function invalid(source: ByteSource, what: string): SttError {
  return new SttError('model-invalid', `${source.name}: ${what}`);
}
