/** `<kyutai-stt>`: the public contract of the element on one page. Behaviour is in controllers/, markup in views/. */
import {
  html,
  nothing,
  type CSSResultOrNative,
  type PropertyDeclaration,
  type PropertyValues,
  type TemplateResult,
} from 'lit';
import { property } from 'lit/decorators.js';
import type { WorkerKind } from '../client/connect.js';
import { DEFAULT_MODEL } from '../client/model-registry.js';
import { available, install, installed, uninstall } from '../client/models.js';
import { EMPTY_TRANSCRIPT, textOf, wordsOf, type Utterance, type Word } from '../client/transcript.js';
import { SttError } from '../errors.js';
import type { Backend, EngineInfo, WhenFull } from '../protocol/model.js';
import type { Phrase } from '../protocol/messages.js';
import type { StreamMetrics } from '../protocol/stream-events.js';
import { allowedValue, checkBoolean, checkLanguage, warnOnce } from './attribute-values.js';
import { DictationController } from './controllers/dictation-controller.js';
import { FormValueController } from './controllers/form-value-controller.js';
import { LateTargetController } from './controllers/late-target-controller.js';
import type { StartWhen } from './controllers/listening-run.js';
import { MediaCaptionsController } from './controllers/media-captions-controller.js';
import { ModelController } from './controllers/model-controller.js';
import { OptionalFeatures } from './controllers/optional-features.js';
import { restoredTranscript } from './controllers/restored-transcript.js';
import { SessionController } from './controllers/session-controller.js';
import { SETTING_NAMES, VisitorSettingsController } from './controllers/visitor-settings.js';
import { WordsController } from './controllers/words-controller.js';
import { emit, TypedEventsElement } from './events.js';
import type { HotkeyMode, SpokenCommands, WordFilter } from './hands-free/port.js';
import { attachInternals } from './internals.js';
import { listed, phrasesOf } from './phrases.js';
import { attemptOf, mediaOf, sourceFor, type RunSource, type StartInput } from './sources.js';
import { isRecording, isStopped, pressAction, recoveryAction, type Attempt, type StateName } from './status.js';
import { preferredLanguages, primaryLanguage, registrations, textsFor, type Texts } from './strings/language.js';
import type { StringOverrides, Strings } from './strings/strings.js';
import { adoptStyles } from './views/adopt-styles.js';
import { renderCaptions, type Mode } from './views/captions.js';
import { renderControls } from './views/controls.js';
import { renderMemoryButton } from './views/memory-button.js';
import { closeMenu, forgetMenus } from './views/menu.js';
import { showLevel } from './views/meter.js';
import { MicrophoneMenu } from './views/microphone-menu.js';
import { NoticeView } from './views/notice.js';
import { renderPauseDownloadButton } from './views/pause-download-button.js';
import { renderPermission } from './views/permission.js';
import { renderSettings } from './views/settings-menu.js';
import { styles } from './views/styles.js';
import { TranscriptTools } from './views/transcript-tools.js';
import { CONFIDENCE_THRESHOLD, wordOf } from './words/word-span.js';

const BOOLEAN_ATTRIBUTES: readonly string[] = [
  'autoload',
  'required',
  'disabled',
  'wake-lock',
  'spoken-commands',
  'editable',
];

export { registerStrings } from './strings/language.js';

/** Whether the browser has what every stream needs. */
const IS_SUPPORTED = typeof Worker !== 'undefined' && typeof WebAssembly !== 'undefined';

/**
 * Live speech-to-text that runs in the page: the audio never leaves the device.
 *
 * @summary Transcribes speech on the visitor's own device.
 * @tagname kyutai-stt
 *
 * @attr {string} lang - Language of the element's own texts, `en` or `fr`. Default: the language of the page, or the visitor's.
 *
 * @event {CustomEvent<Utterance>} transcript - A word was added to an utterance; once more, with `isFinal`, when the utterance is complete.
 * @event {CustomEvent<TurnDetail>} turn - The model detected the end of the speaker's turn.
 * @event {CustomEvent<ProgressDetail>} progress - The model is being downloaded or prepared.
 * @event {CustomEvent<EngineInfo>} ready - The model is loaded.
 * @event {CustomEvent<StateChangeDetail>} statechange - `state` changed.
 * @event {CustomEvent<null>} start - Audio began to flow.
 * @event {CustomEvent<null>} end - Listening ended, for whatever reason. The last event of a stream.
 * @event {CustomEvent<SttError>} error - Something failed: listening, or one lane of it, which `speaker` names. Fires before the promise of the method rejects.
 * @event {CustomEvent<StallDetail>} stall - The engine fell more than a second behind, or caught up.
 * @event {CustomEvent<RecoveryDetail>} recovery - The model produced no words, or repeated itself, and was restarted; it transcribes the last seconds again.
 * @event {CustomEvent<Microphone>} devicechange - The microphone was unplugged and replaced by another, or it was plugged in again.
 * @event {CustomEvent<LevelDetail>} level - The loudness, 12.5 times a second.
 * @event {CustomEvent<CueDetail>} cue - A caption of a media element grew, or is complete. Times are the media's.
 * @event {CustomEvent<CommandDetail>} command - The visitor spoke a command, with `spoken-commands`. Cancel it to leave its words in the text.
 * @event {CustomEvent<SeekDetail>} seek - The visitor chose a word of the transcript. Cancel it to keep a media element where it is.
 * @event {Event} input - `value` changed, because a word was transcribed.
 * @event {Event} change - Listening ended, and `value` has changed since it started.
 *
 * @slot - Shown before the first word, until the button is pressed. Default: an invitation to press it.
 * @slot label - The button's text, in every state.
 * @slot status - Replaces the status line.
 * @slot toolbar - Further controls, after the status line.
 * @slot unsupported - Shown instead of everything else where the browser cannot run the engine.
 *
 * @csspart button - The main button: start, cancel, stop, try again.
 * @csspart icon - The icon of the main button.
 * @csspart label - The text of the main button.
 * @csspart memory - The button beside it where there is no room to keep the model: uses the model this time only.
 * @csspart hold - The button beside it during the download of the model: pauses and resumes the download.
 * @csspart toolbar - The row with the buttons and the status.
 * @csspart meter - The sound level.
 * @csspart progress - The progress bar while the model loads.
 * @csspart status - The status line.
 * @csspart backlog - How many seconds the words are behind, in the status line.
 * @csspart tools - The group of small buttons.
 * @csspart tool - Each small button.
 * @csspart copy - The small button that copies the transcript.
 * @csspart download - The small button that opens the download menu.
 * @csspart clear - The small button that clears the transcript.
 * @csspart settings - The small button that opens the settings.
 * @csspart menu - Each menu.
 * @csspart download-menu - The menu with the download formats.
 * @csspart settings-menu - The menu with the visitor's settings.
 * @csspart menu-item - An item of the download menu.
 * @csspart select - A choice in the settings.
 * @csspart reset - The button that resets the settings.
 * @csspart captions - The box with the words, in every mode.
 * @csspart transcript - The box with the words, with mode="transcript".
 * @csspart line - A line of the captions, or the text of a paragraph.
 * @csspart paragraph - One turn of the transcript.
 * @csspart time - When a paragraph began.
 * @csspart speaker - The name of a lane in the transcript; also `speaker-1`, `speaker-2` … by its position.
 * @csspart word - A word. Its `--confidence` is between 0 and 1.
 * @csspart low-confidence - A word whose confidence is below `confidence-threshold`.
 * @csspart interim - The unfinished last word.
 * @csspart edit - The button that edits a paragraph, with `editable`.
 * @csspart editor - The text field with the text of a paragraph that is edited.
 * @csspart latest - The button that scrolls to the newest words, where the visitor has scrolled up.
 * @csspart error - The remedy, after a failure.
 * @csspart permission - The browser's own microphone button below the remedy, where it has one and the microphone was blocked.
 * @csspart notice - What will be downloaded, and why the model might not run, before it starts.
 *
 * @cssstate idle - No model is loaded.
 * @cssstate loading - The model is loading, or the audio source is opening.
 * @cssstate ready - The model is loaded.
 * @cssstate listening - Audio is transcribed.
 * @cssstate paused - The stream waits for `resume`.
 * @cssstate finishing - The audio has ended, the last words are still to come.
 * @cssstate failed - Something failed; see `error`.
 *
 * @cssproperty [--kyutai-stt-accent] - Colour of the main button and of focus rings.
 * @cssproperty [--kyutai-stt-on-accent] - Text on the accent colour.
 * @cssproperty [--kyutai-stt-live] - Colour of the main button and the meter while listening.
 * @cssproperty [--kyutai-stt-on-live] - Text on the live colour.
 * @cssproperty [--kyutai-stt-text=CanvasText] - Colour of the words.
 * @cssproperty [--kyutai-stt-muted] - Colour of the status line and of the unfinished word.
 * @cssproperty [--kyutai-stt-surface] - Background of the words.
 * @cssproperty [--kyutai-stt-border] - Border of the box with the words.
 * @cssproperty [--kyutai-stt-radius=0.75rem] - Radius of corners.
 * @cssproperty [--kyutai-stt-gap=0.75rem] - Space between parts.
 * @cssproperty [--kyutai-stt-font=inherit] - Font of all text.
 * @cssproperty [--kyutai-stt-caption-size=1.25em] - Font size of the words.
 * @cssproperty [--kyutai-stt-lines=3] - Lines of the captions. The visitor's settings take precedence over it, and over the properties above.
 * @cssproperty [--kyutai-stt-max-height=20em] - Height limit of the box with mode="transcript".
 */
export class KyutaiSttElement extends TypedEventsElement {
  static readonly formAssociated = true;
  static override styles = styles;

  static override get observedAttributes(): string[] {
    return [...super.observedAttributes, 'lang'];
  }

  /** Checks whether a model can run here and what it takes to download, before it is downloaded. Same as the function `available`. */
  static readonly available = available;
  /** Downloads and stores a model, so that later visits need no network. Same as the function `install`. */
  static readonly install = install;
  /** Deletes a stored model. Same as the function `uninstall`. */
  static readonly uninstall = uninstall;
  /** Lists the stored models. Same as the function `installed`. */
  static readonly installed = installed;

  // The model.

  /** As in `SttClientOptions`; default Kyutai's `stt-1b-en_fr`. If it changes, a running stream still ends with the old model. */
  @property() model: string = DEFAULT_MODEL;
  /** A mirror of the hub, with its files under the hub's paths. */
  @property({ attribute: 'base-url' }) baseUrl = '';
  /** What the language model runs on. `auto` (default) is the GPU if it keeps up with speech; else the CPU, and `engine.fallback` says why. */
  @property() backend: Backend | 'auto' = 'auto';
  /** URL of a worker script to use instead of the one beside this script. */
  @property({ attribute: 'worker-src' }) workerSrc = '';
  /** URL of a copy of the package's folder `dist`, where its workers, worklet and demo model are not beside this script: bundled without them, or from a `blob:`. */
  @property() assets = '';
  /** The kind of worker that must be used. `auto` (default): shared, or dedicated where only several threads keep up with speech. */
  @property({ attribute: 'worker-kind' }) workerKind: WorkerKind | 'auto' = 'auto';
  /** Where there is no room to keep the model: `error` (default) fails and asks the visitor, `memory` uses it without keeping it. Read when the model is loaded. */
  @property({ attribute: 'when-full' }) whenFull: WhenFull = 'error';
  /** Loads the model at once, not when the button is first pressed. */
  @property({ type: Boolean }) autoload = false;

  // The audio.

  /** Attribute `for`: id of the <audio> or <video> that `start` listens to by default, or of the field that the words are written into. */
  @property({ attribute: 'for' }) htmlFor = '';
  /** The field that the words are written into, where it has no id or is in another root. */
  @property({ attribute: false }) target: HTMLElement | null = null;
  /** Which microphone, as in `enumerateDevices`. Read when listening starts. */
  @property({ attribute: 'device-id' }) deviceId = '';
  /**
   * When a microphone or another live source is opened: once the model is `downloaded` (default), so that its light is not on during
   * the download, or `now`. What is recorded before the model is ready is transcribed then; recording ends after 5 minutes (29 MB).
   */
  @property({ attribute: 'start-when' }) startWhen: StartWhen = 'downloaded';
  /** Seconds of silence (0.5, 1, 2 or 3) that the model must expect for a turn to end; default 2. Read when listening starts. */
  @property({ type: Number, attribute: 'turn-horizon', useDefault: true }) turnHorizon = 2;
  /** How sure of that the model must be, above 0 and below 1; default 0.5. */
  @property({ type: Number, attribute: 'turn-threshold', useDefault: true }) turnThreshold = 0.5;
  /**
   * For speech that goes on for many minutes: in pauses the language model starts again with an empty context, before its window of
   * attention is full. `metrics.refreshes` counts it. Read when listening starts.
   */
  @property({ type: Boolean, attribute: 'refresh-context', reflect: true }) refreshContext = false;
  /**
   * Names and terms to prefer where the model finds them about as likely as what it would write: strings, or objects with `phrase` and
   * `boost`, 0 to 10 (default 1). The attribute separates them by commas. Can be changed while listening.
   */
  @property({ converter: listed }) phrases: readonly (string | Phrase)[] = [];

  // The words.

  /** `captions` (the last lines), `transcript` (everything), or `button` (no text). */
  @property({ reflect: true, useDefault: true }) mode: Mode = 'captions';
  /** Lets the visitor edit final utterances with mode="transcript": by a button, a double click, or F2 on a word. Times stay. */
  @property({ type: Boolean }) editable = false;
  /** Words whose confidence (0 … 1) is below it have the part `low-confidence`, too. */
  @property({ type: Number, attribute: 'confidence-threshold' }) confidenceThreshold = CONFIDENCE_THRESHOLD;
  /** `showing` shows the captions of a media element on it from the start; `hidden` (default) leaves that to the player's menu. */
  @property({ attribute: 'track-mode' }) trackMode: TextTrackMode = 'hidden';
  /** `polite` (default): screen readers read each utterance when it is final. `off`: they do not, as where the audio can be heard, too. */
  @property() announce: 'polite' | 'off' = 'polite';
  /** Replaces any visible text. */
  @property({ attribute: false }) strings: StringOverrides = {};

  // Hands free.

  /**
   * A key that starts and stops listening wherever the focus is, such as `Ctrl+Shift+D`, `Mod+Space` (`Mod`: Command on a Mac,
   * elsewhere Ctrl) or `F9`; default none. A key that types, without Ctrl, Alt or Meta, is refused. It is in the button's title.
   */
  @property() hotkey = '';
  /** What `hotkey` does: `toggle` (default) starts and stops, `hold` listens while the key is held down (push to talk). */
  @property({ attribute: 'hotkey-mode' }) hotkeyMode: HotkeyMode = 'toggle';
  /** Keeps the screen on while listening, where the browser can and the page is visible. */
  @property({ type: Boolean, attribute: 'wake-lock' }) wakeLock = false;
  /**
   * Spoken punctuation and commands in English or French, by the language of the field or the element: "comma", "new line", "scratch
   * that"; « virgule », « à la ligne », « efface ça ». Not for media elements and lanes.
   */
  @property({ type: Boolean, attribute: 'spoken-commands' }) spokenCommands = false;
  /** Adds spoken commands to the element's own, replaces or removes them, by language and phrase. */
  @property({ attribute: false }) commands: SpokenCommands = {};

  // The form.

  /** Name of the form value. Words that are dictated into another field are submitted by that field only. */
  @property({ reflect: true, useDefault: true }) name = '';
  /** The form cannot be submitted until there is a word. */
  @property({ type: Boolean, reflect: true }) required = false;
  /** Disables the button. Ends a running stream: the microphone at once, after the last words. A disabled <fieldset> does the same. */
  @property({ type: Boolean, reflect: true }) disabled = false;

  /** Checks every value that is set, by attribute or by property. */
  protected static override getPropertyDescriptor(
    name: PropertyKey,
    key: string | symbol,
    options: PropertyDeclaration,
  ): PropertyDescriptor | undefined {
    const descriptor = super.getPropertyDescriptor(name, key, options);
    return (
      descriptor && {
        ...descriptor,
        set(this: KyutaiSttElement, value: unknown) {
          descriptor.set?.call(this, allowedValue(this, name, value));
        },
      }
    );
  }

  // The order is that of their event listeners and life cycle callbacks.
  readonly #internals = attachInternals(this);
  readonly #form = new FormValueController(this, this.#internals, {
    dictates: () => this.#dictation.element !== undefined,
    replace: (text) => this.#replace(text),
  });
  readonly #dictation = new DictationController(this);
  readonly #captions = new MediaCaptionsController(this, (cue) => emit(this, 'cue', cue));
  readonly #words = new WordsController(this, {
    transcript: () => this.#session.transcript,
    captions: this.#captions,
  });
  readonly #notice = new NoticeView();
  readonly #tools = new TranscriptTools(this);
  readonly #microphones = new MicrophoneMenu(this);
  readonly #settings = new VisitorSettingsController(this);
  readonly #model = new ModelController(this);
  readonly #session = new SessionController(this, {
    clientOptions: () => this.#model.options,
    continuation: () => this.#captions.continuation() ?? { transcript: EMPTY_TRANSCRIPT, filter: this.#newFilter() },
    choices: () => ({
      turns: { horizon: this.turnHorizon, threshold: this.turnThreshold },
      refreshContext: this.refreshContext,
      phrases: phrasesOf(this.phrases),
    }),
    emit: (type, detail) => {
      this.#captions.follow(type, detail);
      emit(this, type, detail);
    },
    edited: (before, after) => {
      this.#captions.revise(before, after);
      emit(this, 'transcript', after);
    },
    modelReleased: () => {
      if (this.autoload && this.isConnected) quietly(this.load());
    },
    changed: () => {
      this.#captions.keep(this.#session.transcript);
      this.requestUpdate();
      this.#form.transcriptChanged();
    },
    levelChanged: (rms) => showLevel(this.shadowRoot, rms),
    statusChanged: (previous, state) => {
      this.#internals.states.delete(previous);
      this.#internals.states.add(state);
      this.#captions.follow('statechange', { state, previous });
      emit(this, 'statechange', { state, previous });
    },
  });

  /** `start` is being called by the key. */
  #talks = false;

  /** Set once the code of spoken commands is loaded. */
  #makeFilter: (() => WordFilter) | undefined;

  constructor() {
    super();
    // The group of button and words, which a label of the page names.
    this.#internals.role = 'group';
    this.#internals.states.add(this.state);
    new LateTargetController(this);
    new OptionalFeatures(
      this,
      {
        field: () => this.#dictation.element,
        strings: () => textsFor(this, this.strings).strings,
        warn: (text) => warnOnce(this, text),
        records: () => isRecording(this.#session.status),
        running: () => this.#session.running,
        ends: () => this.state === 'finishing' || isStopped(this.#session.status),
        press: this.#press,
        startTalking: () => this.#talk(),
        stopTalking: () => quietly(this.#session.stopTalking()),
        transcript: () => this.#session.transcript,
        languages: () => preferredLanguages(this.#dictation.element ?? this).map(primaryLanguage),
        filterWords: (make) => (this.#makeFilter = make),
        fireCommand: (detail) => emit(this, 'command', detail),
        editField: (edit) => this.#dictation.edit(edit),
        editTranscript: (apply) => {
          this.#session.edit(apply);
          this.#form.edited();
        },
        wordOf,
      },
      (error) => {
        console.error(error.message);
        emit(this, 'error', error);
      },
    );
    const update = (): void => this.requestUpdate();
    this.addController({
      hostConnected: () => registrations.addEventListener('change', update),
      hostDisconnected: () => registrations.removeEventListener('change', update),
    });
  }

  /** The current state; also as `:state(…)`. */
  get state(): StateName {
    return this.#session.status.name;
  }

  /** Why `state` is `failed`. */
  get error(): SttError | undefined {
    const { status } = this.#session;
    return status.name === 'failed' ? status.error : undefined;
  }

  /** The transcript since the last `start()`, one line per utterance. */
  get transcript(): string {
    return textOf(this.#session.transcript);
  }

  /** The transcript as utterances. */
  get utterances(): readonly Utterance[] {
    return this.#session.transcript.utterances;
  }

  /** The transcript as words. Times are seconds on the stream's clock. */
  get words(): readonly Word[] {
    return wordsOf(this.#session.transcript);
  }

  /** Statistics of the last stream that ended; `gpu` if it ran on a GPU. */
  get metrics(): StreamMetrics | undefined {
    return this.#session.metrics;
  }

  /** The loaded model, and what it runs on. */
  get engine(): EngineInfo | undefined {
    return this.#session.client?.info;
  }

  /** The kind of worker in use, and why. */
  get host(): { readonly kind: WorkerKind; readonly reason: string } | undefined {
    return this.#session.client?.host;
  }

  /** Loads the model if it is not loaded. Rejects with an SttError; with AbortError when `stop`, `abort` or `unload` cancel it. */
  load(): Promise<void> {
    return this.#session.load();
  }

  /** Releases the model; aborts a running stream. Other elements keep theirs. */
  unload(): void {
    this.#session.unload();
  }

  /**
   * Loads the model if necessary, then listens to one source, or to `{ lanes }`. Resolves when audio flows; the transcript is emptied. Call it from a
   * click: browsers open a microphone, and play audio, only then. Rejects with `invalid-state` during a stream, and outside
   * a document.
   */
  start(source?: StartInput): Promise<void> {
    // Removed a moment ago: its stream would be aborted soon.
    if (!this.isConnected && this.#session.running) this.abort();
    const describe = (): Attempt => attemptOf(source, { mediaId: this.htmlFor, root: this.getRootNode() });
    return this.#session.start(() => this.#createSource(source), describe, this.#talks ? 'now' : this.startWhen);
  }

  /** By the key: the visitor speaks at once. */
  #talk(): void {
    this.#talks = true;
    quietly(this.start());
    this.#talks = false;
  }

  /**
   * Ends the audio at once, and resolves after the last word. While loading, audio that was recorded already is transcribed
   * once the model is ready; without any, cancels. `abort()` drops it.
   */
  stop(): Promise<void> {
    return this.#session.stop();
  }

  /** Ends the stream at once, and drops its last words and audio that waits for the model. A loaded model stays. */
  abort(): void {
    this.#session.abort();
  }

  /** Stops the audio until `resume`; the stream's clock stands still. During the download of the model, pauses it for every tab that waits for it. */
  pause(): void {
    this.#session.pause();
  }

  /** Continues the audio, or the download, after `pause`. */
  resume(): void {
    this.#session.resume();
  }

  /** Empties the transcript. A running stream continues. */
  clear(): void {
    this.#replace('');
  }

  /** The transcript as a WebVTT file; of a media element all its captions, in the media's time. */
  toVTT(): string {
    return this.#words.toVTT();
  }

  /** The transcript as a SubRip file; of a media element all its captions, in the media's time. */
  toSRT(): string {
    return this.#words.toSRT();
  }

  /** The captions of the media element that is listened to, as a track of that element. The page may set its `mode`. */
  get textTrack(): TextTrack | undefined {
    return this.#captions.textTrack;
  }

  /** Seconds of the media for seconds of the stream; undefined where no media element is listened to. */
  mediaTime(seconds: number): number | undefined {
    return this.#captions.toMedia(seconds);
  }

  /**
   * The transcript, one line per utterance; empty while the words are written into another field. Setting it ends a running
   * stream, unless it is empty or the start of the current value: frameworks set a value late, after further words.
   */
  @property({ attribute: false })
  get value(): string {
    return this.#form.value;
  }

  set value(text: string) {
    this.#form.value = text;
  }

  get form(): HTMLFormElement | null {
    return this.#internals.form;
  }

  get labels(): NodeList {
    return this.#internals.labels;
  }

  get validity(): ValidityState {
    return this.#form.validated.validity;
  }

  /** In the visitor's language. */
  get validationMessage(): string {
    return this.#form.validated.validationMessage;
  }

  get willValidate(): boolean {
    return this.#internals.willValidate;
  }

  checkValidity(): boolean {
    return this.#form.validated.checkValidity();
  }

  reportValidity(): boolean {
    return this.#form.validated.reportValidity();
  }

  /** Makes the element invalid with this message; an empty one makes it valid again. */
  setCustomValidity(message: string): void {
    this.#form.setCustomValidity(message);
  }

  /** Focuses the button. */
  override focus(options?: FocusOptions): void {
    this.shadowRoot?.querySelector('button')?.focus(options);
  }

  formDisabledCallback(disabled: boolean): void {
    this.#form.setFieldsetDisabled(disabled);
  }

  formResetCallback(): void {
    this.#form.reset();
  }

  formStateRestoreCallback(state: string | File | FormData | null): void {
    this.#form.restore(state);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated && this.autoload) quietly(this.load());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    forgetMenus(this.renderRoot);
  }

  /** Moved by `moveBefore`, which keeps all state. */
  connectedMoveCallback(): void {
    this.requestUpdate(); // `for` may name another element here
  }

  /** Moved to another document, such as that of a picture-in-picture window, which has dropped the style sheets. */
  adoptedCallback(): void {
    if (this.shadowRoot) adoptStyles(this.shadowRoot, this.#styles);
    this.requestUpdate();
  }

  protected override createRenderRoot(): ShadowRoot {
    const root = this.shadowRoot ?? this.attachShadow((this.constructor as typeof KyutaiSttElement).shadowRootOptions);
    adoptStyles(root, this.#styles);
    return root;
  }

  get #styles(): readonly CSSResultOrNative[] {
    return (this.constructor as typeof KyutaiSttElement).elementStyles;
  }

  override attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    super.attributeChangedCallback(name, before, after);
    if (name === 'lang') this.requestUpdate();
    if (BOOLEAN_ATTRIBUTES.includes(name)) checkBoolean(this, name, after);
  }

  protected override willUpdate(changed: PropertyValues): void {
    const isOutdated = this.#model.hasChanged(changed);
    if (this.hasUpdated && isOutdated) {
      this.#notice.clear();
      this.#session.refresh();
    }
    if (changed.has('phrases')) this.#session.prefer(phrasesOf(this.phrases));
    if (this.#form.isDisabled && this.#session.running) quietly(this.stop());
    if (this.autoload && (isOutdated || changed.has('autoload'))) quietly(this.load());
  }

  protected override update(changed: PropertyValues): void {
    const focused = (): Element | null | undefined => this.shadowRoot?.activeElement;
    const wasOnHold = focused()?.matches('[part~=hold]') === true;
    super.update(changed);
    // The focused button was removed.
    if (wasOnHold && focused() === null) this.focus();
  }

  protected override render(): TemplateResult {
    const texts = textsFor(this, this.strings);
    const { language, lang, dir } = texts;
    checkLanguage(this, lang);
    const strings = this.#captions.withStatusTexts(this.#dictation.withButtonTexts(texts.strings));
    if (!IS_SUPPORTED)
      return html`<slot name="unsupported"><p part="error" class="error">${strings.unsupported}</p></slot>`;
    const { status, backlog, silent, lost } = this.#session;
    const disabled = this.#form.isDisabled;
    const { size, colours, background, lines } = this.#settings.current;
    const notice = this.#renderNotice({ ...texts, strings });
    return html`
      <div
        class="root"
        data-size=${size ?? nothing}
        data-colours=${colours ?? nothing}
        data-background=${background ?? nothing}
        data-lines=${lines ?? nothing}
        @keydown=${this.#onKeydown}
      >
        ${renderControls({
          ...{ status, strings, language, lang, dir, disabled, behind: backlog, silent, lost, press: this.#press },
          expectedBytes: this.#model.expectedBytes,
          second: this.#renderSecondButton(strings),
          permission: renderPermission({ status, lang, disabled }, this.#allowed),
          field: this.#dictation.label,
          notice: status.name === 'failed' ? nothing : notice,
          tools: this.#renderTools({ strings, dir }),
        })}
        ${status.name === 'failed' ? notice : nothing} ${this.#renderWords({ ...texts, strings })}
      </div>
    `;
  }

  /** Pauses the download, or uses a model that cannot be kept. */
  #renderSecondButton(strings: Strings): TemplateResult | typeof nothing {
    const { status } = this.#session;
    if (status.name === 'loading')
      return renderPauseDownloadButton({ status, strings }, (paused) => (paused ? this.pause() : this.resume()));
    if (this.#model.whenFull === 'memory') return nothing;
    return renderMemoryButton({ status, strings, disabled: this.#form.isDisabled }, () => {
      this.#model.agree();
      this.focus(); // the pressed button will be removed
      this.#press();
    });
  }

  #renderTools(texts: Pick<Texts, 'strings' | 'dir'>): TemplateResult | typeof nothing {
    if (this.mode === 'button') return nothing;
    const isWhole = this.mode === 'transcript';
    return html`<div part="tools" class="tools">
      ${isWhole ? this.#tools.render(texts) : nothing}
      ${renderSettings(
        texts,
        isWhole ? SETTING_NAMES.filter((name) => name !== 'lines') : SETTING_NAMES,
        this.#microphones.render(texts.strings),
      )}
    </div>`;
  }

  #renderNotice(texts: Texts): TemplateResult | typeof nothing {
    const { notice } = this.#model;
    if (!notice) this.#notice.clear();
    if (!notice) return nothing;
    const { status } = this.#session;
    return this.#notice.render({ ...notice, ...texts, status, notKept: this.engine?.notKept !== undefined });
  }

  #renderWords({ strings, lang, dir }: Texts): TemplateResult | typeof nothing {
    const media = mediaOf(undefined, { mediaId: this.htmlFor, root: this.getRootNode() });
    const { follows, toLatest } = this.#words;
    return renderCaptions({
      transcript: this.#session.transcript,
      mode: this.mode,
      state: this.state,
      strings: media ? { ...strings, invitation: strings.invitationMedia } : strings,
      lang,
      dir,
      announce: this.announce,
      follows,
      toLatest,
    });
  }

  /** @throws SttError where the element cannot listen, or the source is not a supported one */
  #createSource(input: StartInput): RunSource {
    if (!this.isConnected)
      throw new SttError('invalid-state', 'start() was called on an element outside the document.');
    if (this.#form.isDisabled) throw new SttError('invalid-state', 'start() was called on a disabled element.');
    return this.#dictation.begin((mediaId) => {
      const needs = { mediaId, deviceId: this.deviceId, assets: this.assets, root: this.getRootNode() };
      const source = sourceFor(input, needs);
      this.#captions.begin(mediaOf(input, needs), textsFor(this, this.strings).strings.trackLabel);
      return source;
    });
  }

  /** Changes the events of one stream. The code may be loaded while it runs. */
  #newFilter(): WordFilter {
    let filter: WordFilter | undefined;
    return (event) => (filter ??= this.#makeFilter?.())?.(event) ?? [event];
  }

  /** Makes `text` the transcript. */
  #replace(text: string): void {
    this.#captions.clear();
    this.#session.clear(restoredTranscript(text));
  }

  readonly #press = (): void => {
    const action = pressAction(this.state);
    const { status } = this.#session;
    if (isStopped(status)) this.abort();
    else if (status.name === 'failed') quietly(this.#recover(recoveryAction(status)));
    else if (action) quietly(this[action]());
  };

  #recover(action: ReturnType<typeof recoveryAction>): Promise<void> {
    return action === 'repeat' ? this.#session.repeat() : this[action]();
  }

  /** The permission button had the focus, and will be removed. */
  readonly #allowed = (): void => {
    this.focus();
    this.#press();
  };

  /** Escape closes a menu, cancels a load, ends listening after the last words. */
  readonly #onKeydown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    const closed = closeMenu(this.renderRoot);
    if (!closed && (pressAction(this.state) !== 'stop' || isStopped(this.#session.status))) return;
    event.preventDefault();
    if (!closed) quietly(this.stop());
  };
}

/** Ignores the rejection: the `error` event has already reported it. */
function quietly(promise: Promise<void>): void {
  promise.catch(() => undefined);
}

declare global {
  interface HTMLElementTagNameMap {
    'kyutai-stt': KyutaiSttElement;
  }
}
