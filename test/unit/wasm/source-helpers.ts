/** Helpers that run this tree's sources, which Node's workers do not compile by themselves. */
import { nodeHelpers } from '../../../src/cli/threads.js';
import type { Helpers } from '../../../src/wasm/pool.js';

const SCRIPT = new URL('../../../src/cli/thread-script.ts', import.meta.url).href;
const TEXT = `import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(SCRIPT)})))`;

/** Helpers of an engine of `threads` threads; undefined for one. */
export function sourceHelpers(threads: number): Helpers | undefined {
  return nodeHelpers(threads, TEXT);
}
