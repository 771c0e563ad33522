/** Predicts the published model's speed and backend on this machine; measures each backend once per thread. */
import { SttError } from '../../errors.js';
import { STT_1B } from '../../model/published.js';
import type { Backend } from '../../protocol/model.js';
import { MOST_STEP_MS } from '../auto-backend.js';
import { backendNamed, LAST_BACKEND } from '../backends.js';
import type { Prediction } from './probe.js';

export interface Predicted extends Pick<Prediction, 'backend' | 'rtf'> {
  /** Why better backends were measured but not chosen. */
  readonly whyNot?: string;
}

const measured = new Map<string, Promise<Prediction | undefined>>();

/**
 * Predicts for the size of `stt-1b-en_fr`. Undefined if nothing could be measured.
 * @param isAuto whether the backend is `auto`, which compiles a shader only if storage can record it first
 * @param runnable the backends to choose from, best first
 */
export async function predict(isAuto: boolean, runnable: readonly Backend[]): Promise<Predicted | undefined> {
  const reasons: string[] = [];
  for (const name of runnable) {
    const prediction = await measure(name, isAuto);
    const isLast = name === runnable.at(-1);
    if (isLast || (prediction !== undefined && prediction.stepMs <= MOST_STEP_MS))
      return prediction && { ...prediction, ...(reasons.length > 0 && { whyNot: reasons.join('. ') }) };
    const { label } = backendNamed(name);
    reasons.push(
      prediction === undefined
        ? `The ${label} could not be measured`
        : `The ${label} is too slow for speech: about ${prediction.stepMs.toFixed(0)} ms a step, ${MOST_STEP_MS} ms at most`,
    );
  }
  return undefined;
}

/** A failed measurement is only logged: the model may still load. */
function measure(name: Backend, isAuto: boolean): Promise<Prediction | undefined> {
  const key = name === LAST_BACKEND.name ? name : `${name} ${isAuto}`; // nothing keeps the last one from being measured
  const known = measured.get(key);
  if (known) return known;
  const prediction = backendNamed(name)
    .predict(STT_1B, isAuto ? () => true : undefined)
    .catch((cause: unknown) => {
      console.warn(SttError.from(cause, 'The speed could not be predicted').message);
      return undefined;
    });
  measured.set(key, prediction);
  return prediction;
}
