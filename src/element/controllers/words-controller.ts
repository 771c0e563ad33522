/** The words of the transcript: keeps them on the screen up to date, seeks to a chosen one, exports them as subtitles. */
import type { ReactiveController, ReactiveElement } from 'lit';
import type { Transcript, Word } from '../../client/transcript.js';
import { toSRT, toVTT, type CueUtterance } from '../../text/cues.js';
import { emit } from '../events.js';
import { WordsView } from '../views/words-view.js';
import type { MediaCaptionsController } from './media-captions-controller.js';

interface WordsHost extends ReactiveElement {
  readonly confidenceThreshold: number;
}

interface WordsOptions {
  transcript(): Transcript;
  /** Where a media element is listened to, times are the media's. */
  readonly captions: Pick<MediaCaptionsController, 'media' | 'spoken' | 'toMedia'>;
}

export class WordsController implements ReactiveController {
  readonly #host: WordsHost;
  readonly #options: WordsOptions;
  readonly #view: WordsView;

  constructor(host: WordsHost, options: WordsOptions) {
    this.#host = host;
    this.#options = options;
    host.addController(this);
    this.#view = new WordsView(host, {
      timeOf: (seconds) => options.captions.toMedia(seconds) ?? seconds,
      go: (word) => this.#seek(word),
    });
  }

  /** Whether the transcript scrolls with new words. */
  get follows(): boolean {
    return this.#view.follows;
  }

  /** Scrolls to the newest words. */
  get toLatest(): () => void {
    return this.#view.toLatest;
  }

  toVTT(): string {
    return toVTT(this.#spoken, this.#duration);
  }

  toSRT(): string {
    return toSRT(this.#spoken, this.#duration);
  }

  hostUpdate(): void {
    this.#view.show(this.#options.transcript(), this.#host.confidenceThreshold);
  }

  get #spoken(): readonly CueUtterance[] {
    return this.#options.captions.spoken ?? this.#options.transcript().utterances;
  }

  get #duration(): number | undefined {
    const { media, spoken } = this.#options.captions;
    return spoken && media?.duration;
  }

  /** The page may cancel the event, and seek itself. */
  #seek(word: Word): void {
    const { captions } = this.#options;
    const place = captions.toMedia(word.start);
    const time = place ?? word.start;
    const allowed = emit(this.#host, 'seek', { time, word });
    if (allowed && captions.media && place !== undefined) captions.media.currentTime = place;
  }
}
