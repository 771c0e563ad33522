/** Streams weights from the file to the GPU: reads a window while the previous one is repacked and written. */
import { Uploads } from '../../gpu/upload.js';
import type { Model } from '../../model/model.js';
import { release } from '../../bytes/release.js';
import { Repacker } from './repack.js';
import { windowsOf, type StackedMatrix, type Window } from './stacked-matrix.js';

/** A matrix and the zeroed buffers for its planes. */
export interface Placed {
  readonly matrix: StackedMatrix;
  readonly buffers: readonly GPUBuffer[];
}

export interface UploadOptions {
  /** Called after each window with the bytes of the file queued for the GPU, and their total. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Called with each window as it is in the file, before the GPU gets it; `bytes` are valid until it returns. */
  readonly onWindow?: (matrix: StackedMatrix, window: Window, bytes: Uint8Array<ArrayBuffer>) => void;
  /** Aborting rejects with the signal's reason before the next window. */
  readonly signal?: AbortSignal;
}

interface Job extends Placed {
  readonly window: Window;
}

/**
 * Uploads the weights to their buffers, with at most two raw windows and one repacked window in memory. Rejects with the
 * model file's error, with `model-invalid` for a NaN or an infinity, or with the signal's reason.
 */
export async function uploadWeights(
  device: GPUDevice,
  model: Model,
  placed: readonly Placed[],
  { onProgress, onWindow, signal }: UploadOptions = {},
): Promise<void> {
  const parts = placed.flatMap(({ matrix }) => matrix.parts);
  const total = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const uploads = new Uploads(device);
  const repacker = new Repacker(uploads);
  const read = ({ window: { part, offset, length } }: Job): Promise<Uint8Array<ArrayBuffer>> =>
    model.readTensorSlice(part.name, offset, length);
  let done = 0;
  signal?.throwIfAborted();
  for await (const [{ matrix, buffers, window }, bytes] of readAhead(jobsOf(placed), read)) {
    onWindow?.(matrix, window, bytes);
    repacker.write(matrix, buffers, window, bytes);
    done += bytes.byteLength;
    release(bytes);
    onProgress?.(done, total);
    await uploads.room();
    signal?.throwIfAborted();
  }
  await uploads.done();
}

function* jobsOf(placed: readonly Placed[]): Generator<Job> {
  for (const each of placed) for (const window of windowsOf(each.matrix)) yield { ...each, window };
}

/** Yields each job with its data, after the read for the next job has begun. */
async function* readAhead<J, T>(jobs: Iterable<J>, read: (job: J) => Promise<T>): AsyncGenerator<[J, T]> {
  let ahead: { readonly job: J; readonly outcome: Promise<[PromiseSettledResult<T>]> } | undefined;
  for (const job of jobs) {
    const now = ahead;
    // Wrapped, so that a read that fails before it is awaited is not an unhandled rejection.
    ahead = { job, outcome: Promise.allSettled([read(job)]) };
    if (now) yield [now.job, await unsettled(now.outcome)];
  }
  if (ahead) yield [ahead.job, await unsettled(ahead.outcome)];
}

async function unsettled<T>(promise: Promise<[PromiseSettledResult<T>]>): Promise<T> {
  const [outcome] = await promise;
  if (outcome.status === 'fulfilled') return outcome.value;
  throw outcome.reason;
}
