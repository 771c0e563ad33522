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
  /** What the language model shall run on; default `auto`. */
  readonly backend?: Backend | 'auto' | undefined;
  /** Whether to time kernels, some 0.4 s in the worker, to predict the speed; default true. */
  readonly probe?: boolean | undefined;
  /** Whether the model's server may be asked for what neither the store nor the model's name tells; default true. */
  readonly network?: boolean | undefined;
}

export interface InstallOptions extends ModelOptions {
  readonly progress?: (progress: WireProgress) => void;
}

/**
 * Whether a model can run here, and what it takes, told without downloading it. A named model's server is not asked.
 * Resolves with `unavailable` where nothing can be told; rejects only with `invalid-argument` or AbortError.
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
 * Downloads a model into the browser's store, to be there for any later visit, without network then. What an earlier
 * attempt has brought is not fetched again. Rejects with `network`, `quota`, `integrity`, `model-invalid`, …, or
 * AbortError; what has arrived stays.
 */
export async function install(options: InstallOptions = {}): Promise<void> {
  const model = locateModel(options.model ?? DEFAULT_MODEL, document.baseURI, options.baseUrl);
  void askToPersist();
  await ask({ what: 'install', model }, options);
}

/** Gives a model's space back, that of an unfinished download as well. An engine that has it loaded keeps running. */
export async function uninstall(options: ModelOptions = {}): Promise<void> {
  const model = locateModel(options.model ?? DEFAULT_MODEL, document.baseURI, options.baseUrl);
  await ask({ what: 'uninstall', model }, options);
}

/** Every model in the browser's store, parts of one included. */
export async function installed(options: AskOptions = {}): Promise<readonly StoredModel[]> {
  return (await ask({ what: 'installed' }, options)).models;
}
