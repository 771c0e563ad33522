/** Which model the element wants, what is known of it before it is downloaded, and whether it may be used without being kept. */
import type { PropertyValues, ReactiveElement } from 'lit';
import type { WorkerKind } from '../../client/connect.js';
import { DEFAULT_MODEL, EMBEDDED_MODEL, knownBytes } from '../../client/model-registry.js';
import type { SttClientOptions } from '../../client/stt-client.js';
import type { Backend, WhenFull } from '../../protocol/model.js';
import type { KyutaiSttEventMap } from '../events.js';
import type { NoticeModel } from '../views/notice.js';
import { Preflight } from './preflight.js';

/** The properties that choose a model, and where it runs. */
interface ModelHost extends ReactiveElement {
  readonly model: string;
  readonly baseUrl: string;
  readonly backend: Backend | 'auto';
  readonly workerSrc: string;
  readonly assets: string;
  readonly workerKind: WorkerKind | 'auto';
  readonly whenFull: WhenFull;
}

/** A change of one of these asks for another engine. `whenFull` is read when a model is loaded. */
const ENGINE_PROPERTIES = ['model', 'baseUrl', 'backend', 'workerSrc', 'workerKind', 'assets'] as const;

export class ModelController {
  readonly #host: ModelHost;
  readonly #preflight: Preflight;
  /** The visitor agreed to use this model without keeping it. */
  #agreed = false;

  constructor(host: ModelHost) {
    this.#host = host;
    // The embedded model is part of the page and needs no warning; an element without text has no room for one.
    this.#preflight = new Preflight(host, () => (this.#isEmbedded ? undefined : this.#engine));
    host.addEventListener('statechange', (event) => {
      const { target, detail } = event as KyutaiSttEventMap['statechange'];
      if (target === host && detail.previous === 'loading') this.#preflight.refresh();
    });
  }

  /** The options of a new client. */
  get options(): SttClientOptions {
    return { ...this.#engine, whenFull: this.whenFull };
  }

  /** What to do where there is no room to keep the model. */
  get whenFull(): WhenFull {
    return this.#agreed ? 'memory' : this.#host.whenFull;
  }

  /** Size of the model's download where its name tells. */
  get expectedBytes(): number | undefined {
    return knownBytes(this.#engine.model);
  }

  /** What the notice says about the model; undefined where there is nothing to say. */
  get notice(): Pick<NoticeModel, 'availability' | 'bytes' | 'whenFull'> | undefined {
    if (this.#isEmbedded) return undefined;
    const { availability } = this.#preflight;
    return { availability, bytes: this.expectedBytes, whenFull: this.whenFull };
  }

  /** The visitor agrees to use the model without keeping it. */
  agree(): void {
    this.#agreed = true;
  }

  /** Whether an update changed the model, or where it runs. */
  hasChanged(changed: PropertyValues): boolean {
    // The visitor agreed to one model only.
    if (changed.has('model') || changed.has('baseUrl')) this.#agreed = false;
    return ENGINE_PROPERTIES.some((name) => changed.has(name));
  }

  get #isEmbedded(): boolean {
    return this.#engine.model === EMBEDDED_MODEL;
  }

  get #engine(): SttClientOptions & { readonly model: string } {
    const { model, baseUrl, backend, workerSrc, workerKind, assets } = this.#host;
    return {
      model: model || DEFAULT_MODEL,
      backend,
      worker: workerKind,
      ...(baseUrl && { baseUrl }),
      ...(workerSrc && { workerSrc }),
      ...(assets && { assets }),
    };
  }
}
