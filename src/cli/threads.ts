/** Threads of Node that share the engine's work. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { SttError } from '../errors.js';
import { threadsFor, type Helpers } from '../wasm/pool.js';

/** helper.ts as it is built. */
const SCRIPT = new URL('./cli.thread.js', import.meta.url);

/** What `--threads` takes at most. */
const MOST = 64;

/** Of `--threads N`; undefined is as many as help. */
export function threadCount(value: string | undefined): number {
  if (value === undefined) return threadsFor(availableParallelism());
  const threads = Number(value);
  if (/^\d+$/.test(value) && threads >= 1 && threads <= MOST) return threads;
  throw new SttError('invalid-argument', `--threads is ${value}, expected a whole number from 1 to ${MOST}`);
}

/** Helpers for an engine of `threads` threads; undefined for one. `script`: the address of what they run, or its text. */
export function nodeHelpers(threads: number, script: URL | string = SCRIPT): Helpers | undefined {
  if (threads < 2) return undefined;
  return {
    count: threads - 1,
    start: (heard, died) => {
      const worker = new Worker(script, { eval: typeof script === 'string' });
      worker.on('message', heard);
      worker.on('error', (error) => died(`A thread failed: ${error.message}`));
      worker.on('exit', () => died('A thread ended'));
      // Who forgets to dispose an engine still comes to an end.
      worker.unref();
      return { post: (message) => worker.postMessage(message), terminate: () => void worker.terminate() };
    },
  };
}
