/** The main function of a helper thread: runs parts of plans on its own instance of the kernels, over the owner's memory. */
import type { KernelExports } from './ops.js';
import type { HelperReply, HelpMessage } from './pool.js';
import { runParts } from './work-queue.js';

/** Replies `ready`, then blocks its thread until the owner stops the queue. Reports a failure as a reply; never rejects. */
export async function runHelper(
  { module, memory, queue }: HelpMessage,
  reply: (reply: HelperReply) => void,
): Promise<void> {
  try {
    const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
    const { run } = exports as unknown as KernelExports;
    reply({ type: 'ready' });
    // Some engines send a message only once the thread returns to its event loop.
    await new Promise((resolve) => setTimeout(resolve, 0));
    runParts(memory, queue, run);
  } catch (cause) {
    reply({ type: 'failed', reason: `A thread failed: ${cause instanceof Error ? cause.message : String(cause)}` });
  }
}
