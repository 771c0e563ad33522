/** Predicts a model's speed and backend on this machine; measures each backend once per thread and config. */
import { SttError } from '../../errors.js';
import type { SttConfig } from '../../model/config.js';
import { DEMO, STT_1B } from '../../model/published.js';
import { STT_1B_BYTES, type Backend } from '../../protocol/model.js';
import { MOST_STEP_MS } from '../auto-backend.js';
import { backendNamed, LAST_BACKEND } from '../backends.js';
import type { Helpers } from '../../wasm/pool.js';
import { predictionOf, type Prediction } from './probe.js';

export interface Predicted extends Pick<Prediction, 'backend' | 'rtf'> {
  /** Why better backends were measured but not chosen. */
  readonly whyNot?: string;
}

/** What is known of a model: one of the two is enough. */
export interface ModelKnown {
  /** The name of a model whose config is known. */
  readonly name?: string | undefined;
  readonly bytes?: number | undefined;
}

const CONFIGS: ReadonlyMap<string, SttConfig> = new Map([
  ['stt-1b-en_fr', STT_1B],
  ['demo', DEMO],
]);

const measured = new Map<string, Promise<Prediction | undefined>>();

/**
 * Undefined if nothing could be measured, or nothing is known of the model.
 * @param isAuto whether the backend is `auto`, which compiles a shader only if storage can record it first
 * @param runnable the backends to choose from, best first
 * @param model default: `stt-1b-en_fr`
 * @param helpers threads that would share the CPU's work; default none
 */
export async function predict(
  isAuto: boolean,
  runnable: readonly Backend[],
  model: ModelKnown = { name: 'stt-1b-en_fr' },
  helpers?: Helpers,
): Promise<Predicted | undefined> {
  const reasons: string[] = [];
  for (const name of runnable) {
    const prediction = await measure(name, isAuto, model, helpers);
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

/**
 * Without a config, the published model's time is scaled by bytes: a step is bound by memory. A small model has a small codec;
 * a larger one has the published codec.
 */
async function measure(
  backend: Backend,
  isAuto: boolean,
  { name = '', bytes }: ModelKnown,
  helpers: Helpers | undefined,
): Promise<Prediction | undefined> {
  const config = CONFIGS.get(name);
  if (config) return measureConfig(backend, isAuto, config, helpers);
  if (bytes === undefined) return undefined;
  const published = await measureConfig(backend, isAuto, STT_1B, helpers);
  if (published === undefined) return undefined;
  const frameMs = published.frameMs * Math.min(1, bytes / STT_1B_BYTES.codec);
  return predictionOf(backend, frameMs, (published.stepMs * bytes) / STT_1B_BYTES.model, STT_1B);
}

/** A failed measurement is only logged: the model may still load. */
function measureConfig(
  name: Backend,
  isAuto: boolean,
  config: SttConfig,
  helpers: Helpers | undefined,
): Promise<Prediction | undefined> {
  const auto = name === LAST_BACKEND.name ? '' : isAuto; // nothing keeps the last one from being measured
  const key = `${name} ${auto} ${config === DEMO ? 'demo' : ''}`;
  const known = measured.get(key);
  if (known) return known;
  const prediction = backendNamed(name)
    .predict(config, { helpers, mustRecord: isAuto ? () => true : undefined })
    .catch((cause: unknown) => {
      console.warn(SttError.from(cause, 'The speed could not be predicted').message);
      return undefined;
    });
  measured.set(key, prediction);
  return prediction;
}
