/** The model an element holds: asked for when it is needed, shared by its streams, given up when another is wanted. */
import { SttClient, type ModelProgress, type SttClientOptions } from '../../client/stt-client.js';
import type { SttError } from '../../errors.js';

/** What an element hears of its model; nothing of one it has given up. */
export interface ModelHandlers {
  readonly progress: (progress: ModelProgress) => void;
  /** The engine broke while it was in use. */
  readonly failed: (error: SttError) => void;
}

export class ModelHandle {
  readonly #wanted: () => SttClientOptions;
  readonly #handlers: ModelHandlers;
  #client: SttClient | undefined;
  /** What `#client` was made with. */
  #options = '';

  /** @param wanted read whenever a client is made, and to see whether the one there is still fits */
  constructor(wanted: () => SttClientOptions, handlers: ModelHandlers) {
    this.#wanted = wanted;
    this.#handlers = handlers;
  }

  /** Undefined while no model is held or asked for. */
  get client(): SttClient | undefined {
    return this.#client;
  }

  /** Whether there is one, and another is wanted by now. */
  get outdated(): boolean {
    return this.#client !== undefined && JSON.stringify(this.#wanted()) !== this.#options;
  }

  /** The one there is, or a new one. */
  need(): SttClient {
    this.#client ??= this.#make(this.#wanted());
    return this.#client;
  }

  /** Aborts its streams and its load. */
  release(): void {
    const client = this.#client;
    this.#client = undefined;
    client?.close();
  }

  #make(options: SttClientOptions): SttClient {
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
