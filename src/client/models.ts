/** What a page can ask about models before it loads one: whether it runs here, and what is kept of it. */
import { SttError } from '../errors.js';
import type { Backend, WireProgress } from '../protocol/model.js';
import type { Availability, StoredModel } from '../protocol/queries.js';
import { ask, type AskOptions } from './ask.js';
import { locateModel } from './model-location.js';
import { DEFAULT_MODEL, knownBytes } from './model-registry.js';
import { askToPersist } from './persist.js';

export interface ModelOptions extends Omit<AskOptions, 'progress'> {
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
  /** Whether to ask the model's server for facts that neither the storage nor the model's name gives; default true. */
  readonly network?: boolean | undefined;
}

export interface InstallOptions extends ModelOptions {
  readonly progress?: (progress: WireProgress) => void;
}

/**
 * Finds out whether a model can run here, and what it needs, without downloading it. Sends no request for a named model.
 * Resolves with `unavailable` if the check fails; rejects only with `invalid-argument` or AbortError.
 */
export async function available(options: AvailableOptions = {}): Promise<Availability> {
  const { model = DEFAULT_MODEL, backend = 'auto', probe = true, network = true } = options;
  const location = locateModel(model, document.baseURI, options.baseUrl);
  const bytes = knownBytes(model.trim());
  try {
    const question = {
      what: 'available',
      model: location,
      backend,
      probe,
      network,
      ...(bytes !== undefined && { bytes }),
    } as const;
    return (await ask(question, options)).availability;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    const { code, message } = SttError.from(cause, 'The worker could not be asked', 'worker-failed');
    return { status: 'unavailable', code, reason: message, storedBytes: 0 };
  }
}

/**
 * Downloads a model into the browser's storage, for later visits without a network. Resumes an earlier, unfinished
 * download. Rejects with `network`, `quota`, `integrity`, `model-invalid`, …, or
 * AbortError; the downloaded part stays.
 */
export async function install(options: InstallOptions = {}): Promise<void> {
  const model = locateModel(options.model ?? DEFAULT_MODEL, document.baseURI, options.baseUrl);
  void askToPersist();
  await ask({ what: 'install', model }, options);
}

/** Deletes a model from the storage, also an unfinished download. An engine that has loaded it keeps running. */
export async function uninstall(options: ModelOptions = {}): Promise<void> {
  const model = locateModel(options.model ?? DEFAULT_MODEL, document.baseURI, options.baseUrl);
  await ask({ what: 'uninstall', model }, options);
}

/** Lists the models in the browser's storage, including unfinished downloads. */
export async function installed(options: AskOptions = {}): Promise<readonly StoredModel[]> {
  return (await ask({ what: 'installed' }, options)).models;
}
