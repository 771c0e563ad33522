/** Decodes words and turns in one pass of the language model over a stream, from step 0 to a restart or the end. */
import type { LmResult } from '../lm/language-model.js';
import type { Alignment } from '../lm/delayed-streams.js';
import type { SttConfig } from '../model/config.js';
import type { StreamEvent } from '../protocol/stream-events.js';
import type { SentencePiece } from '../text/sentencepiece.js';
import { Turns, type TurnOptions } from '../text/turns.js';
import { Words, type WordEvent } from '../text/words.js';
import { ReplayFilter } from './replay-filter.js';
import type { SpeechHistory } from './speech-history.js';
import type { Watchdog } from './watchdog.js';

export interface DecodePassParts {
  readonly config: SttConfig;
  readonly tokenizer: SentencePiece;
  readonly turns: TurnOptions;
  readonly alignment: Alignment;
  readonly emit: (event: StreamEvent) => void;
  readonly watchdog: Watchdog | undefined;
  readonly speech: SpeechHistory;
}

/** Where a pass that replays audio begins. */
export interface Replay {
  /** The frame of its first codes. */
  readonly frame: number;
  /** Words already emitted for the replayed audio; they are not emitted again. */
  readonly emitted: readonly string[];
  readonly before: DecodePass;
  /** Whether the utterance goes on; otherwise `before` has closed it. */
  readonly sameTurn?: boolean;
}

export class DecodePass {
  readonly #parts: DecodePassParts;
  readonly #words: Words;
  readonly #turns: Turns;
  /** Frame of step 1. */
  readonly #first: number;

  constructor(parts: DecodePassParts, replay?: Replay) {
    const { config, tokenizer, emit, alignment, watchdog } = parts;
    this.#parts = parts;
    // The silence before a stream is not on the stream's clock; replayed audio is.
    const clock = replay ? { ...alignment, prefixSteps: 0 } : alignment;
    this.#first = replay ? replay.frame : -alignment.prefixSteps;
    const origin = replay ? replay.frame / alignment.frameRate : 0;
    this.#turns = replay?.sameTurn ? replay.before.#turns : new Turns(clock, emit, parts.turns, origin);
    if (replay?.sameTurn) this.#turns.restart(origin);
    const filter = new ReplayFilter((event) => {
      if (event.type === 'word') this.#turns.word(event.word.start);
      emit(event);
      if (event.type !== 'word') return;
      watchdog?.word(event.word);
    }, replay?.emitted ?? []);
    const before = replay?.before.progress;
    const words = (event: WordEvent): void => filter.filter(event);
    this.#words = new Words(tokenizer, config.lm, clock, words, { origin, ...before }, parts.speech);
  }

  /** Words emitted so far, and the end of the last one in seconds. */
  get progress(): { readonly count: number; readonly end: number } {
    return { count: this.#words.count, end: this.#words.lastEnd };
  }

  /** Whether a word has begun but is not emitted yet. */
  get open(): boolean {
    return this.#words.open;
  }

  /** Whether the utterance goes on, or its last words may still come. */
  get turnOpen(): boolean {
    return this.#turns.open;
  }

  /** Processes a step's result. Returns the index of the step's frame; below 0 for the silence before the stream. */
  receive({ step, token, probability, pause }: LmResult): number {
    const { paddingToken, endOfPaddingToken } = this.#parts.config.lm;
    if (token !== paddingToken && token !== endOfPaddingToken) this.#parts.watchdog?.token();
    // Step k was fed frame k − 1.
    const frame = this.#first + step - 1;
    this.#parts.speech.paused(frame, pause[0] ?? 0);
    this.#words.step(token, probability);
    this.#turns.step(pause, this.#words.open);
    return frame;
  }

  /** Emits the open word and the end of the last one, for a pass that goes on with the same utterance. */
  closeWords(): void {
    this.#words.close();
  }

  /** Emits the open word and closes the utterance. */
  close(): void {
    this.closeWords();
    this.#turns.close();
  }
}
