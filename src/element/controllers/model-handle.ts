/** The element's client: created when it is needed, shared by its streams, released when the options change. */
import { SttClient, type ModelProgress, type SttClientOptions } from '../../client/stt-client.js';
import type { SttError } from '../../errors.js';

/** Not called for a client that was released. */
export interface ModelHandlers {
  readonly progress: (progress: ModelProgress) => void;
  /** The engine failed while it was in use. */
  readonly failed: (error: SttError) => void;
}

export class ModelHandle {
  readonly #wanted: () => SttClientOptions;
  readonly #handlers: ModelHandlers;
  #client: SttClient | undefined;
  /** What `#client` was created with, as JSON. */
  #options = '';

  /** @param wanted the options of a new client; also compared with those of the current one */
  constructor(wanted: () => SttClientOptions, handlers: ModelHandlers) {
    this.#wanted = wanted;
    this.#handlers = handlers;
  }

  /** Undefined while no model is loaded or loading. */
  get client(): SttClient | undefined {
    return this.#client;
  }

  /** Whether the options have changed since the client was created. */
  get outdated(): boolean {
    return this.#client !== undefined && JSON.stringify(this.#wanted()) !== this.#options;
  }

  /** The current client, or a new one. */
  ensure(): SttClient {
    this.#client ??= this.#create(this.#wanted());
    return this.#client;
  }

  /** Aborts its streams and its load. */
  release(): void {
    const client = this.#client;
    this.#client = undefined;
    client?.close();
  }

  #create(options: SttClientOptions): SttClient {
    this.#options = JSON.stringify(options);
    const client: SttClient = new SttClient({
      ...options,
      progress: (progress) => {
        if (client === this.#client) this.#handlers.progress(progress);
      },
      failed: (error) => {
        if (client === this.#client) this.#handlers.failed(error);
      },
    });
    return client;
  }
}
