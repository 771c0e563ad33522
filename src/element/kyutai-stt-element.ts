/** `<kyutai-stt>`: what a page writes and a visitor sees. Its life is in listener.ts, its looks in controls, captions and styles. */
import { html, type PropertyValues, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { textOf, wordsOf, type Utterance, type Word } from '../client/transcript.js';
import type { WorkerKind } from '../client/connect.js';
import { SttError } from '../errors.js';
import type { EngineInfo } from '../protocol/model.js';
import type { StreamMetrics } from '../protocol/stream-events.js';
import type { Mode } from './views/captions.js';
import { renderControls } from './views/controls.js';
import { ModelledElement } from './controllers/model-controller.js';
import { emit } from './events.js';
import { restoredTranscript } from './controllers/restored-transcript.js';
import { SessionController } from './controllers/session-controller.js';
import { closeMenu } from './views/menu.js';
import { showLevel } from './views/meter.js';
import { renderPermission } from './views/permission.js';
import { mediaOf, sourceFor, type StartInput } from './sources.js';
import { pressAction, type StateName } from './status.js';
import { textsFor } from './strings/language.js';
import type { StringOverrides } from './strings/strings.js';
import { styles } from './views/styles.js';

/** What cannot be missing, whatever the source of sound. */
const SUPPORTED = typeof Worker !== 'undefined' && typeof WebAssembly !== 'undefined';

/**
 * Live speech-to-text that runs in the page; the sound never leaves it.
 *
 * @summary Speech in, words out, on the visitor's own machine.
 * @tagname kyutai-stt
 *
 * @attr {string} lang - The language of the element's own texts, `en` or `fr`; else the page's, or the visitor's.
 *
 * @event {CustomEvent<Utterance>} transcript - A word joined an utterance; once more, with `isFinal`, when it is complete.
 * @event {CustomEvent<TurnDetail>} turn - The model heard that the speaker is done.
 * @event {CustomEvent<ProgressDetail>} progress - The model is being fetched or prepared.
 * @event {CustomEvent<EngineInfo>} ready - The model is in.
 * @event {CustomEvent<StateChangeDetail>} statechange - `state` changed.
 * @event {CustomEvent<null>} start - Sound began to flow.
 * @event {CustomEvent<null>} end - Listening is over, whatever ended it. The last event of a stream.
 * @event {CustomEvent<SttError>} error - Something failed. Fires before the method's promise rejects.
 * @event {CustomEvent<StallDetail>} stall - The engine fell more than a second behind, or caught up.
 * @event {CustomEvent<RecoveryDetail>} recovery - The model had lost its way (silent, or repeating itself) and hears the last seconds again.
 * @event {CustomEvent<Microphone>} devicechange - The microphone was unplugged and another took its place, or it came back.
 * @event {CustomEvent<LevelDetail>} level - How loud it is, a few times a second.
 *
 * @slot - Shown before the first word, until the button is pressed. Default: an invitation to do so.
 * @slot label - The button's text, in every state.
 * @slot status - Replaces the status line.
 * @slot toolbar - Further controls, after the status line.
 * @slot unsupported - Shown instead of everything where the browser cannot run the engine.
 *
 * @csspart button - The one button: start, cancel, stop, try again.
 * @csspart memory - Beside it where there is no room to keep the model: use it this time only.
 * @csspart hold - Beside it while the model is downloaded: pauses that, and resumes it.
 * @csspart icon - The button's picture. `label`: its text.
 * @csspart toolbar - The row with the button.
 * @csspart meter - The sound level.
 * @csspart progress - The bar while the model loads.
 * @csspart status - The status line.
 * @csspart captions - The box with the words. `transcript`: the same with mode="transcript".
 * @csspart line - A line of the captions, or the text of a paragraph. `word`: one word of it. `interim`: the unfinished last word.
 * @csspart error - The remedy, after a failure.
 * @csspart permission - Below it, where a microphone was refused: the browser's own button that asks again, if it has one.
 * @csspart notice - What will be downloaded, and why the model might not run, before it starts.
 *
 * @cssstate idle - No model is held. `loading`: it comes in. `ready`: it is in. `failed`: something went wrong; `error` says what.
 * @cssstate listening - Sound is heard. `paused`: it waits for `resume`. `finishing`: it is over, the last words are on their way.
 *
 * @cssproperty [--kyutai-stt-accent] - The button and the focus ring. `--kyutai-stt-on-accent`: text on it.
 * @cssproperty [--kyutai-stt-live] - The button and the meter while listening. `--kyutai-stt-on-live`: text on it.
 * @cssproperty [--kyutai-stt-text=CanvasText] - Words. `--kyutai-stt-muted`: the status line (else the page's colour) and the unfinished word.
 * @cssproperty [--kyutai-stt-surface] - Behind the words. `--kyutai-stt-border`: around them.
 * @cssproperty [--kyutai-stt-radius=0.75rem] - Corners. `--kyutai-stt-gap=0.75rem`: distances.
 * @cssproperty [--kyutai-stt-font=inherit] - All text. `--kyutai-stt-caption-size=1.25em`: the words.
 * @cssproperty [--kyutai-stt-max-height=20em] - Of the box with mode="transcript".
 */
export class KyutaiSttElement extends ModelledElement {
  static override styles = [super.styles, styles];

  static override get observedAttributes(): string[] {
    return [...super.observedAttributes, 'lang'];
  }

  /** Which microphone, as in `enumerateDevices`. Read when listening starts. */
  @property({ attribute: 'device-id' }) deviceId = '';
  /** Loads the model at once, not when the button is first pressed. */
  @property({ type: Boolean }) autoload = false;
  /** `captions` (the last lines), `transcript` (everything), or `button` (no text). */
  @property({ reflect: true, useDefault: true }) mode: Mode = 'captions';
  /** Seconds of silence (0.5, 1, 2 or 3) that the model has to expect for a turn to be over; default 2. Read when listening starts. */
  @property({ type: Number, attribute: 'turn-horizon', useDefault: true }) turnHorizon = 2;
  /** How sure of it the model has to be, above 0 and below 1; default 0.5. */
  @property({ type: Number, attribute: 'turn-threshold', useDefault: true }) turnThreshold = 0.5;
  /** Replaces any visible text. */
  @property({ attribute: false }) strings: StringOverrides = {};

  readonly #listener = new SessionController({
    clientOptions: () => this.modelOptions(),
    turns: () => ({ horizon: this.turnHorizon, threshold: this.turnThreshold }),
    emit: (type, detail) => {
      this.followEngine(type, detail);
      emit(this, type, detail);
    },
    modelReleased: () => {
      if (this.autoload && this.isConnected) this.#quietly(this.load());
    },
    changed: () => this.heard(),
    levelChanged: (rms) => showLevel(this.shadowRoot, rms),
    statusChanged: (previous, state) => {
      this.internals.states.delete(previous);
      this.internals.states.add(state);
      this.followEngine('statechange', { state, previous });
      emit(this, 'statechange', { state, previous });
    },
  });

  constructor() {
    super();
    this.internals.states.add(this.state);
  }

  /** Where its life stands; also as `:state(…)`. */
  get state(): StateName {
    return this.#listener.status.name;
  }

  /** What was heard since the last `start`, one line for each utterance. */
  get transcript(): string {
    return textOf(this.#listener.transcript);
  }

  /** The same in utterances. */
  get utterances(): readonly Utterance[] {
    return this.#listener.transcript.utterances;
  }

  /** The same word by word; times are seconds on the stream's clock. */
  get words(): readonly Word[] {
    return wordsOf(this.#listener.transcript);
  }

  /** Why `state` is `failed`. */
  get error(): SttError | undefined {
    const { status } = this.#listener;
    return status.name === 'failed' ? status.error : undefined;
  }

  /** Counted over the last stream that ended; `gpu` where a GPU ran it. */
  get metrics(): StreamMetrics | undefined {
    return this.#listener.metrics;
  }

  /** What is loaded, and on what it runs. */
  get engine(): EngineInfo | undefined {
    return this.#listener.client?.info;
  }

  /** The kind of worker in use, and why. */
  get host(): { readonly kind: WorkerKind; readonly reason: string } | undefined {
    return this.#listener.client?.host;
  }

  /** Fetches the model, if it is not in. Rejects with an SttError; with AbortError when `stop`, `abort` or `unload` cancel it. */
  load(): Promise<void> {
    return this.#listener.load();
  }

  /** Gives the model up, and with it any stream. Other elements keep theirs. */
  unload(): void {
    this.#listener.unload();
  }

  /**
   * Loads if need be, then listens. Resolves when sound flows; forgets what an earlier stream heard. Call it from a
   * click: browsers open a microphone, and play sound, only then. `invalid-state` while a stream is on, and outside a document.
   */
  start(source?: StartInput): Promise<void> {
    // Taken out in this very task: what it had goes no further, and is in nobody's way.
    if (!this.isConnected && this.#listener.running) this.abort();
    return this.#listener.start(() => {
      if (!this.isConnected)
        throw new SttError('invalid-state', 'start() was called on an element outside the document.');
      if (this.isDisabled) throw new SttError('invalid-state', 'start() was called on a disabled element.');
      return this.dictator.begin((mediaId) => {
        const needs = { mediaId, deviceId: this.deviceId, root: this.getRootNode() };
        const found = sourceFor(source, needs);
        this.captionMedia(mediaOf(source, needs), textsFor(this, this.strings).strings.trackLabel);
        return found;
      });
    });
  }

  /** Ends the sound, at once, and resolves when the last word is out. While loading it cancels. */
  stop(): Promise<void> {
    return this.#listener.stop();
  }

  /** Ends everything under way at once; words not out yet are lost. A loaded model stays. */
  abort(): void {
    this.#listener.abort();
  }

  /** Takes no sound until `resume`; the stream's clock stands still. While the model is downloaded, holds that, for all who wait for it. */
  pause(): void {
    this.#listener.pause();
  }

  /** Takes sound again, or lets the download go on, after `pause`. */
  resume(): void {
    this.#listener.resume();
  }

  /** Focuses the button. */
  override focus(options?: FocusOptions): void {
    this.shadowRoot?.querySelector('button')?.focus(options);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated && this.autoload) this.#quietly(this.load());
  }

  /** Being moved is not being removed: a new parent is known by the end of the task's microtasks. */
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    queueMicrotask(() => {
      if (!this.isConnected) this.unload();
    });
  }

  override attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    super.attributeChangedCallback(name, before, after);
    if (name === 'lang') this.requestUpdate();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const outdated = this.wantsAnother(changed);
    if (this.hasUpdated && outdated) this.#listener.refresh();
    if (this.isDisabled && this.#listener.running) this.#quietly(this.stop());
    if (this.autoload && (outdated || changed.has('autoload'))) this.#quietly(this.load());
  }

  protected override render(): TemplateResult {
    const { language, lang, ...texts } = textsFor(this, this.strings);
    const strings = this.dictator.inWords(texts.strings);
    if (!SUPPORTED)
      return html`<slot name="unsupported"><p part="error" class="error">${strings.unsupported}</p></slot>`;
    const { status, transcript, behind, silent } = this.#listener;
    const { mode } = this;
    return html`
      <div class="root" @keydown=${this.#onKeydown}>
        ${renderControls({
          ...{ status, strings, language, lang, disabled: this.isDisabled, behind, silent, press: this.#press },
          second: this.renderSecondButton({ status, strings, disabled: this.isDisabled }),
          permission: renderPermission({ status, lang, disabled: this.isDisabled }, this.#allowed),
          field: this.dictator.label,
          tools: this.renderTools({ mode, strings }),
        })}
        ${this.renderNotice({ status, strings, language, lang, notKept: this.engine?.notKept !== undefined })}
        ${this.renderWords(transcript, { mode, state: status.name, strings, lang })}
      </div>
    `;
  }

  protected replace(text: string): void {
    this.forgetCaptions();
    this.#listener.clear(restoredTranscript(text));
  }

  readonly #press = (): void => {
    const action = pressAction(this.state);
    if (action) this.#quietly(this[action]());
  };

  /** What held the focus goes; the button stays. */
  readonly #allowed = (): void => {
    this.focus();
    this.#press();
  };

  /** Escape leaves: cancels a load, ends listening. Nothing that was said is lost. */
  readonly #onKeydown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    const closed = closeMenu(this.renderRoot);
    if (!closed && pressAction(this.state) !== 'stop') return;
    event.preventDefault();
    if (!closed) this.#quietly(this.stop());
  };

  /** For calls nobody awaits: the `error` event and the screen have told already. */
  #quietly(promise: Promise<void>): void {
    promise.catch(() => undefined);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'kyutai-stt': KyutaiSttElement;
  }
}
