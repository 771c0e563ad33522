/** A stretch of a stream that the language model hears in one go, from its step 0 on: its words and turns. */
import type { LmResult } from '../lm/language-model.js';
import type { Alignment } from '../lm/delayed-streams.js';
import type { SttConfig } from '../model/config.js';
import type { StreamEvent } from '../protocol/stream-events.js';
import type { SentencePiece } from '../text/sentencepiece.js';
import { Turns, type TurnOptions } from '../text/turns.js';
import { Words } from '../text/words.js';
import { ReplayFilter } from './replay-filter.js';
import type { Watchdog } from './watchdog.js';

export interface DecodePassParts {
  readonly config: SttConfig;
  readonly tokenizer: SentencePiece;
  readonly turns: TurnOptions;
  readonly alignment: Alignment;
  readonly emit: (event: StreamEvent) => void;
  readonly watchdog: Watchdog | undefined;
}

/** Where a reading begins that is not the stream's first. */
export interface Again {
  /** The frame its first codes are of. */
  readonly frame: number;
  /** What was said of the sound from there on, and is not to be said twice. */
  readonly said: readonly string[];
  readonly before: DecodePass;
}

export class DecodePass {
  readonly #parts: DecodePassParts;
  readonly #words: Words;
  readonly #turns: Turns;
  /** Frame of step 1. */
  readonly #first: number;

  constructor(parts: DecodePassParts, again?: Again) {
    const { config, tokenizer, emit, alignment, watchdog } = parts;
    this.#parts = parts;
    // What is heard again is all on the clock; the silence before a stream is not.
    const clock = again ? { ...alignment, prefixSteps: 0 } : alignment;
    this.#first = again ? again.frame : -alignment.prefixSteps;
    const origin = again ? again.frame / alignment.frameRate : 0;
    this.#turns = new Turns(clock, emit, parts.turns, origin);
    const replay = new ReplayFilter((event) => {
      emit(event);
      if (event.type !== 'word') return;
      this.#turns.word(event.word.start);
      watchdog?.word(event.word);
    }, again?.said ?? []);
    const before = again?.before.progress;
    this.#words = new Words(tokenizer, config.lm, clock, (event) => replay.filter(event), { origin, ...before });
  }

  /** Words given out so far, and when the last of them ended. */
  get progress(): { readonly count: number; readonly end: number } {
    return { count: this.#words.count, end: this.#words.lastEnd };
  }

  /** A word has begun and is not yet given out. */
  get open(): boolean {
    return this.#words.open;
  }

  /** A step's answer. Returns the frame it was given, below 0 where that was none of the stream's. */
  receive({ step, token, probability, pause }: LmResult): number {
    const { paddingToken, endOfPaddingToken } = this.#parts.config.lm;
    if (token !== paddingToken && token !== endOfPaddingToken) this.#parts.watchdog?.token();
    this.#words.step(token, probability);
    this.#turns.step(pause, this.#words.open);
    // Step k was fed frame k − 1.
    return this.#first + step - 1;
  }

  /** Nothing more is heard: gives out the word that is open, and closes the utterance. */
  close(): void {
    this.#words.close();
    this.#turns.close();
  }
}
