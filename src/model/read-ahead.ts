/** Wraps a model so that it reads ahead: while one tensor is packed, the next is read from the store. */
import type { Model, TensorInfo } from './model.js';
import { release } from '../bytes/release.js';
import { countOf } from './tensor-file.js';
import { blockBytes, decodeTensor } from './tensor-types.js';

/** Most bytes per read. */
const PIECE = 4 * 1024 * 1024;
/** Bytes that are read before they are requested. */
const AHEAD = 8 * 1024 * 1024;
/** Progress between two reports, as a fraction of the total. */
const STEP = 1 / 200;

export interface ReadAheadOptions {
  /** Bytes of weights returned, and the total. Each tensor counts once; small steps are not reported. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Aborting rejects every later read with its reason. */
  readonly signal?: AbortSignal;
}

/** A tensor's bytes in pieces of whole blocks. */
interface Pieces {
  readonly info: TensorInfo;
  readonly pieceBytes: number;
  readonly count: number;
}

/** A piece that has been or is being read. */
interface HeldPiece {
  readonly outcome: Promise<[PromiseSettledResult<Uint8Array<ArrayBuffer>>]>;
  /** Slices that wait for it; Infinity once its memory belongs to a caller. */
  readers: number;
}

/**
 * Reads ahead in the order of `model.tensors`, from the tensor that was requested last: the backends request all but a few
 * small tensors in that order. Holds at most about 12 MB besides the requested bytes.
 */
export function readAhead(model: Model, { onProgress, signal }: ReadAheadOptions = {}): Model {
  const order = [...model.tensors.values()].map(inPieces);
  const places = new Map(order.map(({ info }, index) => [info.name, index]));
  const held = new Map<string, HeldPiece>();
  const total = order.reduce((sum, { info }) => sum + info.byteLength, 0);
  const returned = new Map<string, number>();
  let [done, reported] = [0, 0];

  const fetchPiece = ({ info, pieceBytes }: Pieces, piece: number): HeldPiece => {
    const key = `${info.name} ${piece}`;
    const known = held.get(key);
    if (known) return known;
    const offset = piece * pieceBytes;
    const bytes = Math.min(pieceBytes, info.byteLength - offset);
    // allSettled: a failed read without a waiting caller must not be an unhandled rejection.
    const fetched: HeldPiece = {
      outcome: Promise.allSettled([model.readTensorSlice(info.name, offset, bytes)]),
      readers: 0,
    };
    held.set(key, fetched);
    return fetched;
  };

  /** If slices still wait for the piece, the last of them releases its memory. */
  const drop = (key: string): void => {
    const dropped = held.get(key);
    held.delete(key);
    if (dropped?.readers === 0) void dropped.outcome.then(releaseOutcome);
  };

  /** Drops pieces already read, and requests the next ones, up to `AHEAD` bytes. */
  const prefetch = (index: number, piece: number): void => {
    const wanted = new Set<string>();
    let bytes = 0;
    for (let i = index, p = piece; i < order.length && bytes < AHEAD; i++, p = 0) {
      const pieces = order[i]!;
      for (; p < pieces.count && bytes < AHEAD; p++) {
        wanted.add(`${pieces.info.name} ${p}`);
        void fetchPiece(pieces, p);
        bytes += Math.min(pieces.pieceBytes, pieces.info.byteLength - p * pieces.pieceBytes);
      }
    }
    for (const key of held.keys()) if (!wanted.has(key)) drop(key);
  };

  const count = (name: string, end: number): void => {
    const before = returned.get(name) ?? 0;
    if (end <= before) return;
    returned.set(name, end);
    done += end - before;
    if (done < total && done - reported < total * STEP) return;
    reported = done;
    onProgress?.(done, total);
  };

  const readTensorSlice: Model['readTensorSlice'] = async (name, offset, length) => {
    signal?.throwIfAborted();
    const index = places.get(name);
    const pieces = index === undefined ? undefined : order[index];
    if (index === undefined || pieces === undefined || length === 0) return model.readTensorSlice(name, offset, length);
    const { pieceBytes } = pieces;
    const first = Math.floor(offset / pieceBytes);
    const last = Math.floor((offset + length - 1) / pieceBytes);
    if (offset === first * pieceBytes && length === Math.min(pieceBytes, pieces.info.byteLength - offset)) {
      // Exactly one piece: returned without a copy.
      const part = fetchPiece(pieces, first);
      part.readers = Infinity;
      prefetch(index, first);
      held.delete(`${name} ${first}`);
      const [outcome] = await part.outcome;
      if (outcome.status === 'rejected') throw outcome.reason;
      count(name, offset + length);
      return outcome.value;
    }
    const slice = new Uint8Array(length);
    for (let piece = first; piece <= last; piece++) {
      const key = `${name} ${piece}`;
      const part = fetchPiece(pieces, piece);
      part.readers++;
      prefetch(index, piece);
      const [outcome] = await part.outcome;
      part.readers--;
      if (outcome.status === 'rejected') {
        held.delete(key); // the next read tries again
        throw outcome.reason;
      }
      const at = piece * pieceBytes;
      const from = Math.max(offset, at) - at;
      const to = Math.min(offset + length, at + outcome.value.length) - at;
      slice.set(outcome.value.subarray(from, to), at + from - offset);
      // Slices are read in order, so a piece read to its end is no longer needed.
      if (held.get(key) === part && to === outcome.value.length) drop(key);
      else if (held.get(key) !== part && part.readers === 0) releaseOutcome([outcome]);
    }
    count(name, offset + length);
    return slice;
  };
  const readTensor: Model['readTensor'] = (name) => readTensorSlice(name, 0, model.tensors.get(name)?.byteLength ?? 0);
  return {
    ...model,
    get notes() {
      return model.notes;
    },
    readTensorSlice,
    readTensor,
    readTensorF32: async (name) => {
      const info = model.tensors.get(name);
      if (info === undefined) return model.readTensorF32(name);
      const bytes = await readTensor(name);
      // A view instead of a copy: the largest tensors would be in memory twice.
      if (info.type === 'f32') return new Float32Array(bytes.buffer);
      const values = decodeTensor(info.type, bytes, countOf(info.shape));
      release(bytes);
      return values;
    },
  };
}

function inPieces(info: TensorInfo): Pieces {
  const block = blockBytes(info.type);
  const rowBytes = info.byteLength / (info.shape[0] ?? 1);
  // The CPU packs four rows together, so pieces match the windows it reads where possible.
  const step = Number.isInteger(rowBytes / block) && 4 * rowBytes <= PIECE ? 4 * rowBytes : block;
  const pieceBytes = Math.floor(PIECE / step) * step;
  return { info, pieceBytes, count: Math.ceil(info.byteLength / pieceBytes) };
}

function releaseOutcome([outcome]: [PromiseSettledResult<Uint8Array<ArrayBuffer>>]): void {
  if (outcome.status === 'fulfilled') release(outcome.value);
}
