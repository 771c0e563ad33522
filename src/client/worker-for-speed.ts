/**
 * Chooses between a SharedWorker, which serves every tab but has one thread, and a dedicated worker, which has several on a
 * cross-origin isolated page.
 */
import type { Backend, ModelLocation } from '../protocol/model.js';
import type { Availability, ModelQuery } from '../protocol/queries.js';
import { sendQuery, type QueryOptions } from './query.js';
import type { ConnectOptions } from './connect.js';
import { knownBytes } from './model-registry.js';

export type AvailableQuery = Extract<ModelQuery, { readonly what: 'available' }>;

/** Predicted real-time factor above which one thread is not trusted to keep up: the page needs the processor as well. */
const MOST_RTF = 0.8;

/** Asks whether the model `name`, at `model`, can run here. `probe` and `network` as in `AvailableOptions`. */
export function availableQuery(
  name: string,
  model: ModelLocation,
  backend: Backend | 'auto',
  {
    probe = true,
    network = true,
  }: { readonly probe?: boolean | undefined; readonly network?: boolean | undefined } = {},
): AvailableQuery {
  const bytes = knownBytes(name.trim());
  return { what: 'available', model, backend, probe, network, ...(bytes !== undefined && { bytes }) };
}

/** Asks a worker of each kind if threads are needed; the answer is that of the worker which `workerFor` would choose. */
export async function availabilityOf(query: AvailableQuery, options: QueryOptions): Promise<Availability> {
  const { availability } = await sendQuery(query, options);
  if (!isTooSlow(availability) || !threadsArePossible(options)) return availability;
  return (await sendQuery(query, { ...options, worker: 'dedicated' })).availability;
}

/**
 * The kind of worker to connect to, with the reason where it is not the usual one. Measures the speed once in each shared
 * worker, for about 0.4 s, and only where threads are possible.
 */
export async function workerFor(
  query: AvailableQuery,
  options: QueryOptions,
): Promise<Pick<ConnectOptions, 'kind' | 'reason'>> {
  const { worker: kind } = options;
  if (!threadsArePossible(options)) return { kind };
  const { availability } = await sendQuery(query, options);
  if (!isTooSlow(availability)) return { kind };
  const factor = availability.predictedRtf?.toFixed(1);
  return {
    kind: 'dedicated',
    reason: `One thread would need ${factor} times as long as the speech; a dedicated worker of this isolated page has several.`,
  };
}

/** A GPU that computes the language model leaves the codec to one thread, which keeps up. */
function isTooSlow({ backend, predictedRtf = 0 }: Availability): boolean {
  return backend === 'wasm' && predictedRtf > MOST_RTF;
}

/** Whether `auto` would start a worker without threads on a page that may have them. A host's own `connect` chooses for itself. */
function threadsArePossible({ worker = 'auto', connect }: QueryOptions): boolean {
  return (
    worker === 'auto' &&
    connect === undefined &&
    crossOriginIsolated &&
    typeof SharedWorker !== 'undefined' &&
    navigator.hardwareConcurrency > 1
  );
}
