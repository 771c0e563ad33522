/** A helper thread's whole life: an instance of the kernels over the owner's memory, and parts of its plans to run. */
import type { KernelExports } from './ops.js';
import type { HelperReply, HelpMessage } from './pool.js';
import { runParts } from './work-queue.js';

/** Says `ready`, then blocks its thread until the owner stops it. Resolves then; a failure is said, not thrown. */
export async function runHelper(
  { module, memory, queue }: HelpMessage,
  reply: (reply: HelperReply) => void,
): Promise<void> {
  try {
    const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
    const { run } = exports as unknown as KernelExports;
    reply({ type: 'ready' });
    // What a thread says may wait until it comes to rest.
    await new Promise((resolve) => setTimeout(resolve, 0));
    runParts(memory, queue, run);
  } catch (cause) {
    reply({ type: 'failed', reason: `A thread failed: ${cause instanceof Error ? cause.message : String(cause)}` });
  }
}
