/** Helper threads that run the sources: Node's workers do not compile TypeScript themselves. */
import { nodeHelpers } from '../../../src/cli/threads.js';
import type { Helpers } from '../../../src/wasm/pool.js';

const SCRIPT = new URL('../../../src/cli/thread-script.ts', import.meta.url).href;
const TEXT = `import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(SCRIPT)})))`;

/** A busy machine takes long to compile the sources in a new thread. */
const START_MS = 120_000;

/** Helpers for an engine of `threads` threads; undefined for one thread. */
export function sourceHelpers(threads: number): Helpers | undefined {
  const helpers = nodeHelpers(threads, TEXT);
  return helpers && { ...helpers, timeoutMs: START_MS };
}
