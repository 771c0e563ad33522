/** Weights as a stream from the file to the GPU: a window is read while the one before it is repacked and written. */
import { Uploads } from '../../gpu/upload.js';
import type { Model } from '../../model/model.js';
import { release } from '../../bytes/release.js';
import { Repacker } from './repack.js';
import { windowsOf, type StackedMatrix, type Window } from './stacked-matrix.js';

/** A stack and the zeroed buffers its planes go to. */
export interface Placed {
  readonly stack: StackedMatrix;
  readonly buffers: readonly GPUBuffer[];
}

export interface UploadOptions {
  /** Bytes of the file that are on their way to the GPU, and of how many in all; after each window. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Aborting rejects with its reason before the next window. */
  readonly signal?: AbortSignal;
}

interface Job extends Placed {
  readonly window: Window;
}

/**
 * Fills the buffers. In memory at any time: two windows as read, and one repacked. Rejects as the model's file does, with
 * `model-invalid` on a NaN or an infinity, or with the signal's reason.
 */
export async function uploadWeights(
  device: GPUDevice,
  model: Model,
  placed: readonly Placed[],
  { onProgress, signal }: UploadOptions = {},
): Promise<void> {
  const parts = placed.flatMap(({ stack }) => stack.parts);
  const total = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const uploads = new Uploads(device);
  const repacker = new Repacker(uploads);
  const read = ({ window: { part, offset, length } }: Job): Promise<Uint8Array<ArrayBuffer>> =>
    model.readTensorSlice(part.name, offset, length);
  let done = 0;
  signal?.throwIfAborted();
  for await (const [{ stack, buffers, window }, bytes] of readAhead(jobsOf(placed), read)) {
    repacker.write(stack, buffers, window, bytes);
    done += bytes.byteLength;
    release(bytes);
    onProgress?.(done, total);
    await uploads.room();
    signal?.throwIfAborted();
  }
  await uploads.done();
}

function* jobsOf(placed: readonly Placed[]): Generator<Job> {
  for (const each of placed) for (const window of windowsOf(each.stack)) yield { ...each, window };
}

/** Each job with what was read for it; by then the reading for the next has begun. */
async function* readAhead<J, T>(jobs: Iterable<J>, read: (job: J) => Promise<T>): AsyncGenerator<[J, T]> {
  let ahead: { readonly job: J; readonly outcome: Promise<[PromiseSettledResult<T>]> } | undefined;
  for (const job of jobs) {
    const now = ahead;
    // Settled: a read that fails while nobody awaits it yet must not count as an unhandled rejection.
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
