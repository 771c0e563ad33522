/** Manages models without loading them: checks whether one can run here, installs, lists and uninstalls them. */
import { SttError } from '../errors.js';
import type { Backend, WireProgress } from '../protocol/model.js';
import type { Availability, StoredModel } from '../protocol/queries.js';
import { sendQuery, type QueryOptions } from './query.js';
import { locateModel } from './model-location.js';
import { DEFAULT_MODEL } from './model-registry.js';
import { pageUrl, whyNoPage } from './page-url.js';
import { askToPersist } from './persist.js';
import { availabilityOf, availableQuery } from './worker-for-speed.js';

export interface ModelOptions extends Omit<QueryOptions, 'progress'> {
  /** As in `SttClientOptions`. */
  readonly model?: string | undefined;
  /** As in `SttClientOptions`. */
  readonly baseUrl?: string | undefined;
}

export interface AvailableOptions extends ModelOptions {
  /** Backend of the language model; default `auto`. */
  readonly backend?: Backend | 'auto' | undefined;
  /** Whether to measure kernels, for about 0.4 s in the worker, to predict the speed; default true. */
  readonly probe?: boolean | undefined;
  /** Whether to contact the model's server if neither the storage nor the model's name gives its size; default true. */
  readonly network?: boolean | undefined;
}

export interface InstallOptions extends ModelOptions {
  readonly progress?: (progress: WireProgress) => void;
}

/**
 * Checks whether a model can run here and what it needs, without downloading it. Sends no request for a named model.
 * Resolves with `unavailable` if the check fails; rejects only with `invalid-argument` or AbortError.
 */
export async function available(options: AvailableOptions = {}): Promise<Availability> {
  const { model = DEFAULT_MODEL, backend = 'auto' } = options;
  const error = whyNoPage();
  if (error) return unavailable(error);
  const location = locateModel(model, pageUrl(), options.baseUrl, options.assets);
  try {
    return await availabilityOf(availableQuery(model, location, backend, options), options);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    return unavailable(SttError.from(cause, 'The worker could not be reached', 'worker-failed'));
  }
}

function unavailable({ code, message }: SttError): Availability {
  return { status: 'unavailable', code, reason: message, storedBytes: 0 };
}

/**
 * Downloads a model into the browser's storage, for later visits without a network. Resumes an unfinished download.
 * Rejects with `network`, `quota`, `integrity`, `model-invalid`, … or AbortError; the downloaded part stays.
 */
export async function install(options: InstallOptions = {}): Promise<void> {
  const model = locateModel(options.model ?? DEFAULT_MODEL, pageUrl(), options.baseUrl, options.assets);
  void askToPersist();
  await sendQuery({ what: 'install', model }, options);
}

/** Deletes a model or an unfinished download from the storage. An engine that has loaded the model keeps running. */
export async function uninstall(options: ModelOptions = {}): Promise<void> {
  const model = locateModel(options.model ?? DEFAULT_MODEL, pageUrl(), options.baseUrl, options.assets);
  await sendQuery({ what: 'uninstall', model }, options);
}

/** Lists the models in the browser's storage, including unfinished downloads. */
export async function installed(options: QueryOptions = {}): Promise<readonly StoredModel[]> {
  return (await sendQuery({ what: 'installed' }, options)).models;
}
