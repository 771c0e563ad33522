/** Helper threads of a dedicated worker, which share the engine's work on cross-origin isolated pages. */
import { runHelper } from '../wasm/helper-thread.js';
import { threadsFor, type HelperReply, type Helpers, type HelpMessage } from '../wasm/pool.js';

/** Under this name the worker script runs as a helper thread instead of serving pages. */
const HELPER_NAME = 'kyutai-stt helper';

/** Helpers for this thread's engines; undefined if threads cannot share memory or would not be faster. */
export function helpersHere(): Helpers | undefined {
  if (!('DedicatedWorkerGlobalScope' in globalThis) || !crossOriginIsolated) return undefined;
  if (typeof Worker === 'undefined' || typeof SharedArrayBuffer === 'undefined') return undefined;
  const count = threadsFor(navigator.hardwareConcurrency) - 1;
  return count > 0 ? { count, start: startHelper } : undefined;
}

/** Starts this worker's script again, so that pages need no further file or permission in their policy. */
const startHelper: Helpers['start'] = (onReply, onFailure) => {
  const worker = new Worker(location.href, { type: 'module', name: HELPER_NAME });
  worker.onmessage = ({ data }: MessageEvent<HelperReply>) => onReply(data);
  worker.onerror = (event) => {
    event.preventDefault();
    onFailure(`A thread failed: ${event.message || 'its script could not be started'}`);
  };
  return { post: (message) => worker.postMessage(message), terminate: () => worker.terminate() };
};

/** Whether this thread is a helper. */
export function isHelper(): boolean {
  return self.name === HELPER_NAME;
}

/** Waits for the owner's message, then helps until the owner stops it. */
export function serveOwner(): void {
  self.onmessage = async ({ data }: MessageEvent<HelpMessage>) => {
    await runHelper(data, (reply) => self.postMessage(reply));
    self.close();
  };
}
