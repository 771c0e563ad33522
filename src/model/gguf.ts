/** Reads the header of a GGUF file through @huggingface/gguf, over any ByteSource. */
import { gguf, GGMLQuantizationType, type GGUFParseOutput } from '@huggingface/gguf';
import { isAbort, SttError } from '../errors.js';
import type { ByteSource } from '../bytes/byte-source.js';
import { checkExtents, countOf, type StoredTensor, type TensorFile } from './tensor-file.js';
import { q4KBytes } from './requantised.js';
import { storedBytes, typeOfGgmlId } from './tensor-types.js';

export interface Gguf {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly tensors: TensorFile;
}

/** The largest model has some 400 tensors and 60 keys. A header that claims more than this is damaged. */
const MAX_TENSORS = 65_536;
const MAX_KEYS = 4_096;

const DTYPE_NAMES: Readonly<Record<number, string | undefined>> = GGMLQuantizationType;
const I8: number = GGMLQuantizationType.I8;
const Q4_K: number = GGMLQuantizationType.Q4_K;

/** Reads the metadata and the location of every tensor. Rejects with `model-invalid`, naming the file. */
export async function readGguf(source: ByteSource): Promise<Gguf> {
  await checkPreamble(source);
  const { metadata, tensorInfos, tensorDataOffset, tensorInfoByteRange } = await parse(source);
  if (tensorInfoByteRange[1] > source.size) {
    // The parser pads a short file with zeros, which it reads as empty names.
    throw invalid(source, `the GGUF header ends at byte ${tensorInfoByteRange[1]}, the file has ${source.size}`);
  }
  const dataStart = Number(tensorDataOffset);
  if (dataStart < tensorInfoByteRange[1]) {
    throw invalid(
      source,
      `tensors begin at byte ${dataStart}, inside the header, which ends at ${tensorInfoByteRange[1]}`,
    );
  }
  const tensors = new Map<string, StoredTensor>();
  for (const { name, shape, dtype, offset } of tensorInfos) {
    if (tensors.has(name)) throw invalid(source, `tensor ${name} appears twice`);
    const sizes = shape.map(Number).reverse(); // the file lists the innermost dimension first
    tensors.set(name, {
      name,
      shape: sizes,
      dtype: DTYPE_NAMES[dtype] ?? `type ${dtype}`,
      type: typeOfGgmlId(dtype),
      offset: dataStart + Number(offset),
      byteLength: byteLengthOf(dtype, countOf(sizes)),
      source,
    });
  }
  checkExtents(source, tensors.values(), Math.min(dataStart, source.size));
  return { metadata: metadata as Record<string, unknown>, tensors };
}

/** Reads the bytes of an I8 tensor; our GGUFs store the tokenizer in one. `source` is for messages. */
export async function readBytesTensor(file: Gguf, source: ByteSource, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const tensor = file.tensors.get(name);
  if (tensor === undefined) throw invalid(source, `tensor ${name} is missing`);
  if (tensor.dtype !== 'I8') throw invalid(tensor.source, `tensor ${name} is ${tensor.dtype}, expected I8`);
  return tensor.source.read(tensor.offset, tensor.byteLength);
}

function byteLengthOf(dtype: number, count: number): number {
  const type = typeOfGgmlId(dtype);
  if (type !== undefined) return storedBytes(type, count);
  return dtype === Q4_K ? q4KBytes(count) : dtype === I8 ? count : 0;
}

/** Checks the counts before the parser loops over them: [4] magic, [4] version, [8] tensors, [8] keys. */
async function checkPreamble(source: ByteSource): Promise<void> {
  if (source.size < 24) throw invalid(source, `is ${source.size} bytes long, a GGUF file has at least 24`);
  const view = new DataView((await source.read(0, 24)).buffer);
  if (view.getUint32(0, true) !== 0x4655_4747) throw invalid(source, 'not a GGUF file: does not begin with "GGUF"');
  const version = view.getUint32(4, true);
  if (version !== 2 && version !== 3) throw invalid(source, `GGUF version is ${version}, expected 2 or 3`);
  const tensors = view.getBigUint64(8, true);
  if (tensors > MAX_TENSORS) throw invalid(source, `claims ${tensors} tensors, at most ${MAX_TENSORS} are accepted`);
  const keys = view.getBigUint64(16, true);
  if (keys > MAX_KEYS) throw invalid(source, `claims ${keys} metadata keys, at most ${MAX_KEYS} are accepted`);
}

async function parse(source: ByteSource): Promise<GGUFParseOutput> {
  try {
    // The parser requires an http URL; it is never requested, because `rangeFetch` reads from the source.
    return await gguf('https://source.invalid/model.gguf', { fetch: rangeFetch(source) });
  } catch (cause) {
    if (isAbort(cause)) throw cause;
    throw SttError.from(cause, `${source.name}: the GGUF header cannot be read`, 'model-invalid');
  }
}

/** A fetch that answers the parser's `Range: bytes=a-b` requests from the source. */
function rangeFetch(source: ByteSource): typeof fetch {
  return async (_input, init) => {
    const [first = 0, last = 0] = (new Headers(init?.headers).get('range') ?? '')
      .replace('bytes=', '')
      .split('-')
      .map(Number);
    const end = Math.min(last + 1, source.size);
    // A truncated header: the parser would otherwise read zeros without end.
    if (first >= end) throw invalid(source, `the GGUF header runs past the end of the file (${source.size} bytes)`);
    const bytes = await source.read(first, end - first);
    return new Response(bytes, {
      status: 206,
      headers: { 'content-range': `bytes ${first}-${end - 1}/${source.size}` },
    });
  };
}

function invalid(source: ByteSource, what: string): SttError {
  return new SttError('model-invalid', `${source.name}: ${what}`);
}
