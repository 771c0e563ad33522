/** Updates the words in an element's shadow root from its transcript, touching only what is new. */
import type { ReactiveController, ReactiveElement } from 'lit';
import { EMPTY_TRANSCRIPT, type Transcript, type Word } from '../../client/transcript.js';
import { Announcer } from '../words/announcer.js';
import { clockTime, isoDuration } from '../../text/clock-time.js';
import { Follow } from '../words/follow.js';
import { lanesOf } from '../words/lane-transcript.js';
import { Paragraphs } from '../words/paragraphs.js';
import { RollUp } from '../words/roll-up.js';
import { WordCursor } from '../words/word-cursor.js';
import { makeInterim, markWord, showWord } from '../words/word-span.js';

export interface WordsViewOptions {
  /** Converts stream time to displayed time, seconds. */
  readonly timeOf: (seconds: number) => number;
  /** Called when the visitor chooses a word. */
  readonly go: (word: Word) => void;
}

/** A view of one element of the shadow root. */
interface View {
  close(): void;
}

export class WordsView implements ReactiveController {
  readonly #host: ReactiveElement;
  readonly #options: WordsViewOptions;
  #transcript: Transcript = EMPTY_TRANSCRIPT;
  #threshold = 0;
  #views: readonly View[] = [];
  #boxes: readonly (HTMLElement | null)[] = [];
  #rollUp: RollUp | undefined;
  #paragraphs: { show(transcript: Transcript, threshold: number): void } | undefined;
  /** What `#paragraphs` is. */
  #Paragraphs: unknown;
  #follow: Follow | undefined;
  #announcer: Announcer | undefined;

  constructor(host: ReactiveElement, options: WordsViewOptions) {
    this.#host = host;
    this.#options = options;
    host.addController(this);
  }

  /** Whether the view scrolls to new words. */
  get follows(): boolean {
    return this.#follow?.follows ?? true;
  }

  readonly toLatest = (): void => {
    this.#follow?.toLatest();
    this.#host.shadowRoot?.querySelector<HTMLElement>('.transcript')?.focus({ preventScroll: true });
  };

  /** Sets what the next update shows. Words with a confidence below `threshold` are marked. */
  show(transcript: Transcript, threshold: number): void {
    this.#transcript = transcript;
    this.#threshold = threshold;
  }

  hostConnected(): void {
    this.#host.requestUpdate();
  }

  hostUpdated(): void {
    if (!this.#host.isConnected) return;
    this.#mount();
    const { captions, announced } = this.#streams;
    this.#rollUp?.show(captions, this.#threshold);
    this.#mountParagraphs();
    this.#paragraphs?.show(this.#transcript, this.#threshold);
    this.#follow?.keepUp();
    this.#announcer?.show(announced);
  }

  hostDisconnected(): void {
    this.#unmount();
    this.#boxes = [];
  }

  /** Creates the views again when the element's mode has replaced their boxes. */
  #mount(): void {
    const find = (selector: string): HTMLElement | null => this.#host.shadowRoot?.querySelector(selector) ?? null;
    const selectors = ['.lines', '.transcript', '.paragraphs', '.last', '.announcer'] as const;
    const boxes = selectors.map(find);
    if (boxes.every((box, index) => box === this.#boxes[index])) return;
    this.#unmount();
    this.#boxes = boxes;
    const [lines, scroller, , last, log] = boxes;
    if (lines) this.#rollUp = new RollUp(lines);
    if (scroller && last) this.#follow = new Follow(scroller, last, () => this.#host.requestUpdate());
    if (log) this.#announcer = new Announcer(log, Boolean(scroller));
    this.#announcer?.skip(this.#streams.announced);
    const cursor = scroller && new WordCursor(scroller, this.#options.go);
    this.#views = [this.#rollUp, this.#follow, this.#announcer, cursor].filter(
      (view) => view !== undefined && view !== null,
    );
  }

  /** The views of words that are only appended: with several lanes, not the transcript. */
  get #streams(): { readonly captions: Transcript; readonly announced: Transcript } {
    return lanesOf(this.#transcript) ?? { captions: this.#transcript, announced: this.#transcript };
  }

  #mountParagraphs(): void {
    const [, , box] = this.#boxes;
    const Wanted = lanesOf(this.#transcript)?.Paragraphs ?? Paragraphs;
    if (!box || Wanted === this.#Paragraphs) return;
    this.#Paragraphs = Wanted;
    const markup = { clockTime, isoDuration, makeInterim, markWord, showWord };
    this.#paragraphs = new Wanted(box, this.#options.timeOf, markup);
  }

  #unmount(): void {
    for (const view of this.#views) view.close();
    this.#views = [];
    this.#rollUp = this.#paragraphs = this.#Paragraphs = this.#follow = this.#announcer = undefined;
  }
}
