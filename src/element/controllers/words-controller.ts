/** The part of the element that shows words: its boxes, tools and settings, and the captions of a media element. */
import { html, nothing, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import type { Transcript, Utterance, Word } from '../../client/transcript.js';
import { toSRT, toVTT, type CueUtterance } from '../../text/cues.js';
import { renderCaptions, type CaptionsModel } from '../views/captions.js';
import { DictatingElement } from './dictating-element.js';
import { emit, type KyutaiSttEventMap } from '../events.js';
import { MediaCaptions } from './media-captions.js';
import { MicrophoneMenu } from '../views/microphone-menu.js';
import { SETTING_NAMES, visitorSettings } from './visitor-settings.js';
import { renderSettings } from '../views/settings-menu.js';
import { mediaOf } from '../sources.js';
import { TranscriptTools } from '../views/transcript-tools.js';
import { WordsView } from '../views/words-view.js';
import { CONFIDENCE_THRESHOLD } from '../words/word-span.js';

/**
 * @event {CustomEvent<CueDetail>} cue - A caption of a media element grew, or is complete. Times are the media's.
 * @event {CustomEvent<SeekDetail>} seek - The visitor chose a word of the transcript. Cancel it to keep a media element where it is.
 *
 * @csspart low-confidence - A word below `confidence-threshold`; every word has its `--confidence`, 0 … 1.
 * @csspart paragraph - One turn of the transcript. `time`: when it began.
 * @csspart latest - Back to the newest words, where the visitor has scrolled up.
 * @csspart backlog - How far the words run behind, in the status line.
 * @csspart tools - The small buttons. `tool`: each of them; `copy`, `download`, `clear`, `settings`: one of them.
 * @csspart menu - What a small button opens. `download-menu`, `settings-menu`: one of them. `menu-item`, `select`, `reset`: in it.
 *
 * @cssproperty [--kyutai-stt-lines=3] - Lines of the captions. The visitor's own settings win over it, and over all others.
 */
export abstract class CaptionedElement extends DictatingElement {
  /** Words the model is less sure of (0 … 1) have the part `low-confidence`, too. Each word has its `--confidence`. */
  @property({ type: Number, attribute: 'confidence-threshold' }) confidenceThreshold = CONFIDENCE_THRESHOLD;
  /** `showing` shows the captions of a media element on it from the start; `hidden` (default) leaves that to its menu. */
  @property({ attribute: 'track-mode' }) trackMode: TextTrackMode = 'hidden';
  /** `polite` (default): screen readers say each utterance when it is finished. `off`: they do not, as where the sound is heard as well. */
  @property() announce: 'polite' | 'off' = 'polite';

  abstract override readonly transcript: string;
  abstract override readonly utterances: readonly Utterance[];

  readonly #words = new WordsView(this, {
    timeOf: (seconds) => this.mediaTime(seconds) ?? seconds,
    go: (word) => this.#seek(word),
  });
  readonly #tools = new TranscriptTools(this);
  readonly #microphones = new MicrophoneMenu(this);
  readonly #captioned = new WeakMap<HTMLMediaElement, MediaCaptions>();
  /** What the present stream listens to, or the last one did, if that is a media element. */
  #media: MediaCaptions | undefined;

  /** The captions of the media element that is listened to, as a track of that element. Its `mode` is yours to set. */
  get textTrack(): TextTrack | undefined {
    return this.#media?.textTrack;
  }

  /** Seconds of the media for seconds of the stream; undefined where no media element is listened to. */
  mediaTime(seconds: number): number | undefined {
    return this.#media?.toMedia(seconds);
  }

  /** What was heard, as a WebVTT file; of a media element all that was captioned, in its own time. */
  toVTT(): string {
    return toVTT(this.#spoken);
  }

  /** The same as a SubRip file. */
  toSRT(): string {
    return toSRT(this.#spoken);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    visitorSettings.addEventListener('change', this.#settingsChanged);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    visitorSettings.removeEventListener('change', this.#settingsChanged);
    queueMicrotask(() => {
      if (!this.isConnected) this.#media?.release();
    });
  }

  /** A stream is about to listen to `media`, or to something else. */
  protected captionMedia(media: HTMLMediaElement | undefined, label: string): void {
    this.#media = media && (this.#captioned.get(media) ?? this.#caption(media, label));
    this.#media?.begin();
  }

  /** What the engine tells of, before anyone else hears it. */
  protected followEngine<K extends keyof KyutaiSttEventMap>(type: K, detail: KyutaiSttEventMap[K]['detail']): void {
    if (type === 'level') this.#media?.tick();
    if (type === 'transcript') this.#media?.hear(detail as Utterance);
    if (type === 'statechange') this.#media?.rest();
  }

  protected forgetCaptions(): void {
    this.#media?.clear();
  }

  protected renderWords(
    transcript: Transcript,
    model: Omit<CaptionsModel, 'transcript' | 'announce' | 'follows' | 'toLatest'>,
  ): TemplateResult | typeof nothing {
    this.#words.show(transcript, this.confidenceThreshold);
    const { follows, toLatest } = this.#words;
    const media = mediaOf(undefined, { mediaId: this.htmlFor, root: this.getRootNode() });
    const strings = media ? { ...model.strings, invitation: model.strings.invitationMedia } : model.strings;
    return renderCaptions({ ...model, strings, transcript, announce: this.announce, follows, toLatest });
  }

  protected renderTools({ mode, strings }: Pick<CaptionsModel, 'mode' | 'strings'>): TemplateResult | typeof nothing {
    if (mode === 'button') return nothing;
    const whole = mode === 'transcript';
    return html`<div part="tools" class="tools">
      ${whole ? this.#tools.render(strings) : nothing}
      ${renderSettings(
        strings,
        whole ? SETTING_NAMES.filter((name) => name !== 'lines') : SETTING_NAMES,
        this.#microphones.render(strings),
      )}
    </div>`;
  }

  protected override updated(): void {
    const root = this.shadowRoot?.querySelector<HTMLElement>('.root');
    for (const name of SETTING_NAMES) {
      const value = visitorSettings.current[name];
      if (value === undefined) root?.removeAttribute(`data-${name}`);
      else root?.setAttribute(`data-${name}`, value);
    }
  }

  readonly #settingsChanged = (): void => this.requestUpdate();

  get #spoken(): readonly CueUtterance[] {
    return this.#media ? this.#media.spoken : this.utterances.map(({ words }) => words);
  }

  #caption(media: HTMLMediaElement, label: string): MediaCaptions {
    const cue = (detail: KyutaiSttEventMap['cue']['detail']): void => emit(this, 'cue', detail);
    const captions = new MediaCaptions(media, { label, mode: this.trackMode, cue });
    this.#captioned.set(media, captions);
    return captions;
  }

  /** The page hears of it first, and may take it over. */
  #seek(word: Word): void {
    const place = this.mediaTime(word.start);
    const time = place ?? word.start;
    const event = new CustomEvent('seek', { detail: { time, word }, bubbles: true, composed: true, cancelable: true });
    if (this.dispatchEvent(event) && this.#media && place !== undefined) this.#media.media.currentTime = place;
  }
}
