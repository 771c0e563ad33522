/** Reads pause heads from another file: the public GGUF lacks them, the official checkpoints have them. */
import { isAbort, SttError } from '../errors.js';
import type { ByteSource } from '../bytes/byte-source.js';
import { lmLookup, type Lookup } from './lookup.js';
import { readSafetensors } from './safetensors.js';
import type { LazyTensor } from './tensor-file.js';

/** Opens a checkpoint for as long as `use` reads slices of it. */
export type HeadSource = <T>(use: (source: ByteSource) => Promise<T>) => Promise<T>;

export interface PauseHeads {
  /** `extra_heads.N.weight`; undefined for anything else. */
  readonly lookup: Lookup;
  /** Why they are missing, if there should be some. */
  readonly missing: string | undefined;
}

const NONE: Lookup = () => undefined;

/**
 * Reads the heads of the first of `sources` that has them into memory: with the header, about 120 kB.
 * A model without them still transcribes, so failures are reported in `missing`; only an AbortError is thrown.
 * @param bare the model's own tensors
 * @param file for messages
 */
export async function findPauseHeads(bare: Lookup, sources: readonly HeadSource[], file: string): Promise<PauseHeads> {
  const width = bare('out_norm.alpha')?.info.shape.reduce((product, n) => product * n, 1);
  if (sources.length === 0 || bare('extra_heads.0.weight') !== undefined) return { lookup: NONE, missing: undefined };
  const reasons: string[] = [];
  for (const open of sources) {
    try {
      const heads = await open((source) => readHeads(source, width));
      return { lookup: (name) => heads.get(name), missing: undefined };
    } catch (cause) {
      if (isAbort(cause)) throw cause;
      reasons.push(SttError.from(cause, file).message);
    }
  }
  return { lookup: NONE, missing: reasons.join('; ') };
}

async function readHeads(source: ByteSource, width: number | undefined): Promise<ReadonlyMap<string, LazyTensor>> {
  const lookup = lmLookup(await readSafetensors(source));
  const found = new Map<string, LazyTensor>();
  for (let i = 0; ; i++) {
    const name = `extra_heads.${i}.weight`;
    const tensor = lookup(name);
    if (tensor === undefined) break;
    const { info } = tensor;
    const classes = found.get('extra_heads.0.weight')?.info.shape[0] ?? info.shape[0];
    if (info.shape.length !== 2 || info.shape[0] !== classes || info.shape[1] !== width) {
      throw new SttError(
        'model-mismatch',
        `${source.name}: tensor ${name} is [${info.shape.join(', ')}], expected [${classes}, ${width}]`,
      );
    }
    found.set(name, tensor);
  }
  if (found.size === 0) throw new SttError('model-invalid', `${source.name}: has no tensor extra_heads.0.weight`);
  // Read now, so that a failure shows while the model can still be opened without them.
  return new Map(await Promise.all([...found].map(async ([name, tensor]) => [name, await inMemory(tensor)] as const)));
}

async function inMemory({ info, read }: LazyTensor): Promise<LazyTensor> {
  const bytes = await read(0, info.byteLength);
  return { info, read: (offset, length) => Promise.resolve(bytes.slice(offset, offset + length)) };
}
