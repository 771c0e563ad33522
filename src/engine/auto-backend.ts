/** Where the language model runs when nobody says: on a GPU that keeps up with speech, else on the CPU, and why. */
import { SttError, type SttErrorCode } from '../errors.js';
import { adapterFacts, labelOf, UNNAMED } from '../gpu/adapter.js';
import { whyNotCompile } from '../lm/webgpu/compile-guard.js';
import type { Backend } from '../protocol/model.js';
import type { GpuMetrics } from '../protocol/stream-events.js';

/** Milliseconds a step may take on a GPU: a frame is 80, and the rest of the page wants the GPU, too. */
export const MOST_STEP_MS = 60;

/** What the CPU may do better; any other failure would be the same there. */
const GPU_FAILURES: ReadonlySet<SttErrorCode> = new Set([
  'unsupported',
  'gpu-limit-too-small',
  'gpu-failed',
  'gpu-device-lost',
  'out-of-memory',
]);

/** An engine, or what stands for one. */
interface Candidate {
  readonly gpu?: GpuMetrics | undefined;
}

export interface AutoLoad<E extends Candidate> {
  /** Loads the model on `backend`. `fallback`: why it is not the GPU, where that was the first choice. */
  readonly load: (backend: Backend, fallback?: string) => Promise<E>;
  /** Takes back an engine that is too slow. */
  readonly giveUp: (engine: E) => void;
  /** Why no GPU need be tried; default `whyNotGpu`. */
  readonly whyNot?: () => Promise<string | undefined>;
  /** Milliseconds a step may take on the GPU; default `MOST_STEP_MS`. */
  readonly mostStepMs?: number | undefined;
}

/** What `auto` comes to. Rejects where the CPU fails, too, and at once with what the CPU could not mend. */
export async function loadAuto<E extends Candidate>(
  options: AutoLoad<E>,
): Promise<{ readonly engine: E; readonly fallback?: string }> {
  const { load, whyNot = whyNotGpu } = options;
  const tried = (await whyNot()) ?? (await tryGpu(options));
  if (typeof tried !== 'string') return { engine: tried };
  return { engine: await load('wasm', tried), fallback: tried };
}

/**
 * Why the language model cannot run fast on this machine's GPU, in a sentence; undefined where it may. No model is needed to tell.
 * @param wanted `auto` is also told why the GPU must not be tried now; a caller that names it may try again
 */
export async function whyNotGpu(wanted: Backend | 'auto' = 'auto'): Promise<string | undefined> {
  try {
    const { name, isSoftware, implementation } = await adapterFacts();
    if (!isSoftware) return wanted === 'auto' ? await whyNotCompile(implementation) : undefined;
    return `The only GPU is a software renderer${name === UNNAMED ? '' : `, ${name}`}`;
  } catch (cause) {
    return SttError.from(cause, 'The GPU could not be asked', 'unsupported').message;
  }
}

/** The engine, or why not. */
async function tryGpu<E extends Candidate>({
  load,
  giveUp,
  mostStepMs = MOST_STEP_MS,
}: AutoLoad<E>): Promise<E | string> {
  let engine: E;
  try {
    engine = await load('webgpu');
  } catch (cause) {
    if (cause instanceof SttError && GPU_FAILURES.has(cause.code)) return cause.message;
    throw cause;
  }
  const { adapter = UNNAMED, stepMs = 0 } = engine.gpu ?? {};
  if (stepMs <= mostStepMs) return engine;
  giveUp(engine);
  return `The ${labelOf(adapter)} is too slow for speech: ${stepMs.toFixed(0)} ms a step, ${mostStepMs} ms at most`;
}
