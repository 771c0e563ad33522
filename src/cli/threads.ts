/** How an engine runs in Node: its helper threads, and how it yields. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { threadsFor, type Helpers } from '../wasm/pool.js';
import { wholeNumber } from './whole-number.js';

/** thread-script.ts in dist/. */
const SCRIPT = new URL('./cli.thread.js', import.meta.url);

/** The maximum of `--threads`. */
const MOST = 64;

/** Parses `--threads N`; the default is the number that is useful on this machine. */
export function threadCount(value: string | undefined): number {
  if (value === undefined) return threadsFor(availableParallelism());
  return wholeNumber('--threads', value, 1, MOST);
}

/** Helpers for an engine of `threads` threads; undefined for one. `script`: URL or text of their script. */
export function nodeHelpers(threads: number, script: URL | string = SCRIPT): Helpers | undefined {
  if (threads < 2) return undefined;
  return {
    count: threads - 1,
    start: (received, died) => {
      const worker = new Worker(script, { eval: typeof script === 'string' });
      worker.on('message', received);
      worker.on('error', (error) => died(`A thread failed: ${error.message}`));
      worker.on('exit', () => died('A thread ended'));
      // The process can end even if an engine was not disposed.
      worker.unref();
      return { post: (message) => worker.postMessage(message), terminate: () => void worker.terminate() };
    },
  };
}

/** Yields to the event loop; Node's timers would wait a millisecond, longer than a frame of a small model. */
export const yieldByImmediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
