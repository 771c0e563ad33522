/** Predicts, once in a thread's life, how fast the published model will run, and on what. */
import { SttError } from '../../errors.js';
import { STT_1B } from '../../model/published.js';
import type { Backend } from '../../protocol/model.js';
import { MOST_STEP_MS } from '../auto-backend.js';
import { predictOnCpu, predictOnGpu, type Prediction } from './probe.js';

export interface Predicted extends Pick<Prediction, 'backend' | 'rtf'> {
  /** Why the GPU was measured and not chosen. */
  readonly whyNotGpu?: string;
}

const cpu = remembered(() => predictOnCpu(STT_1B));
/** A question for `webgpu` by name may try what `auto` must not. */
const gpu = {
  auto: remembered(() => predictOnGpu(STT_1B, () => true)),
  webgpu: remembered(() => predictOnGpu(STT_1B)),
};

/**
 * For the size of `stt-1b-en_fr`. Undefined where nothing could be measured: then nobody knows.
 * @param whyNot why the GPU need not be tried
 */
export async function predict(wanted: Backend | 'auto', whyNot: string | undefined): Promise<Predicted | undefined> {
  if (wanted === 'wasm' || whyNot !== undefined) return cpu();
  const onGpu = await gpu[wanted]();
  if (wanted === 'webgpu') return onGpu;
  if (onGpu !== undefined && onGpu.stepMs <= MOST_STEP_MS) return onGpu;
  const onCpu = await cpu();
  const whyNotGpu =
    onGpu === undefined
      ? 'The GPU could not be measured'
      : `The GPU is too slow for speech: about ${onGpu.stepMs.toFixed(0)} ms a step, ${MOST_STEP_MS} ms at most`;
  return onCpu && { ...onCpu, whyNotGpu };
}

/** What cannot be measured is told to the console, and is no reason not to try. */
function remembered(measure: () => Promise<Prediction>): () => Promise<Prediction | undefined> {
  let known: Promise<Prediction | undefined> | undefined;
  return () => {
    known ??= measure().catch((cause: unknown) => {
      console.warn(SttError.from(cause, 'The speed could not be predicted').message);
      return undefined;
    });
    return known;
  };
}
