/** The part of the element that knows its model: which one, whether it runs here, and what is kept of it. */
import { nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import type { WorkerKind } from '../../client/connect.js';
import { DEFAULT_MODEL, EMBEDDED_MODEL, knownBytes } from '../../client/model-registry.js';
import * as models from '../../client/models.js';
import type { SttClientOptions } from '../../client/stt-client.js';
import type { Backend, WhenFull } from '../../protocol/model.js';
import { CaptionedElement } from './words-controller.js';
import { renderPauseDownloadButton } from '../views/pause-download-button.js';
import { memoryButtonStyles, renderMemoryButton, type MemoryButtonModel } from '../views/memory-button.js';
import { renderNotice, type NoticeModel } from '../views/notice.js';
import { Preflight } from './preflight.js';

const PROPERTIES = ['model', 'baseUrl', 'backend', 'workerSrc', 'workerKind'] as const;

export abstract class ModelledElement extends CaptionedElement {
  static override styles = [super.styles, memoryButtonStyles];

  /** Whether a model can run here and what it takes to download, told before it is. As the function `available`. */
  static readonly available = models.available;
  /** Downloads a model, to be there at any later visit, without network then. As the function `install`. */
  static readonly install = models.install;
  /** Gives a model's space back. As the function `uninstall`. */
  static readonly uninstall = models.uninstall;
  /** Every model in the browser's store. As the function `installed`. */
  static readonly installed = models.installed;

  /** As in `SttClientOptions`; default Kyutai's `stt-1b-en_fr`. Changing it lets a stream that is on finish with the old one. */
  @property() model: string = DEFAULT_MODEL;
  /** A mirror of the hub, with its files under the hub's paths. */
  @property({ attribute: 'base-url' }) baseUrl = '';
  /** What the language model runs on. `auto` (default) is the GPU where that keeps up with speech; else the CPU, and `engine.fallback` says why. */
  @property() backend: Backend | 'auto' = 'auto';
  /** URL of a worker script to use instead of the one beside this script. */
  @property({ attribute: 'worker-src' }) workerSrc = '';
  /** `auto` (default), or the kind of worker that must be used. */
  @property({ attribute: 'worker-kind' }) workerKind: WorkerKind | 'auto' = 'auto';

  /** Where there is no room to keep the model: `error` (default) fails and asks the visitor, `memory` uses it unasked. Read when it is loaded. */
  @property({ attribute: 'when-full' }) whenFull: WhenFull = 'error';

  /** The visitor wants the model even if it is not kept. */
  #agreed = false;

  // What ships with the page needs no warning, and an element without words has no room for one.
  readonly #preflight = new Preflight(this, () => {
    const options = this.#place();
    return options.model === EMBEDDED_MODEL ? undefined : options;
  });

  constructor() {
    super();
    this.addEventListener('statechange', ({ target, detail }) => {
      if (target === this && detail.previous === 'loading') this.#preflight.again();
    });
  }

  /** Calls from a press need no source. */
  abstract start(): Promise<void>;
  abstract pause(): void;
  abstract resume(): void;

  /** A button that goes away with the focus on it leaves it to the one that stays. */
  protected override update(changed: PropertyValues<this>): void {
    const focused = (): Element | null | undefined => this.shadowRoot?.activeElement;
    const hadFocus = focused()?.matches('[part~=hold]') === true;
    super.update(changed);
    if (hadFocus && focused() === null) this.focus();
  }

  /** What a client is made with. */
  protected modelOptions(): SttClientOptions {
    return { ...this.#place(), whenFull: this.#whenFull };
  }

  /** What a question is asked with: which model, from where, on what. */
  #place(): SttClientOptions & { readonly model: string } {
    return {
      model: this.model || DEFAULT_MODEL,
      backend: this.backend,
      worker: this.workerKind,
      ...(this.baseUrl && { baseUrl: this.baseUrl }),
      ...(this.workerSrc && { workerSrc: this.workerSrc }),
    };
  }

  /** Whether another model, or another place for it, is wanted since the last update. */
  protected wantsAnother(changed: PropertyValues<this>): boolean {
    // What was agreed to was one model.
    if (changed.has('model') || changed.has('baseUrl')) this.#agreed = false;
    return PROPERTIES.some((name) => changed.has(name));
  }

  get #whenFull(): WhenFull {
    return this.#agreed ? 'memory' : this.whenFull;
  }

  /** Beside the button. */
  protected renderSecondButton(model: MemoryButtonModel): TemplateResult | typeof nothing {
    if (model.status.name === 'loading')
      return renderPauseDownloadButton(model, (paused) => (paused ? this.pause() : this.resume()));
    if (this.#whenFull === 'memory') return nothing;
    return renderMemoryButton(model, () => {
      this.#agreed = true;
      this.focus(); // the button that is pressed goes away
      this.start().catch(() => undefined); // the `error` event and the screen tell
    });
  }

  protected renderNotice(
    model: Omit<NoticeModel, 'availability' | 'bytes' | 'whenFull'>,
  ): TemplateResult | typeof nothing {
    const name = this.#place().model;
    if (name === EMBEDDED_MODEL) return nothing;
    const { availability } = this.#preflight;
    return renderNotice({ ...model, availability, bytes: knownBytes(name), whenFull: this.#whenFull });
  }
}
