/** Keeps from being said again what was said before a stretch of sound was heard a second time. */
import type { WireWord } from '../protocol/stream-events.js';
import type { WordSink } from '../text/words.js';
import { plain, sameWord } from './repetition.js';

/**
 * Lets words through but for those that repeat `said`, from its first word on; the first that differs ends that. So a
 * refrain that was really sung is not written down twice.
 */
export class ReplayFilter implements WordSink {
  readonly #sink: WordSink;
  readonly #said: readonly string[];
  /** Words taken out; all that come later have lower numbers for it. */
  #taken = 0;
  #first = -1;
  #over: boolean;

  constructor(sink: WordSink, said: readonly string[]) {
    this.#sink = sink;
    this.#said = said;
    this.#over = said.length === 0;
  }

  partial(text: string, start: number): void {
    const expected = this.#said[this.#taken];
    // Nothing may be shown that will not become a word.
    if (!this.#over && expected !== undefined && plain(expected).startsWith(plain(text))) return;
    this.#sink.partial(text, start);
  }

  word(word: WireWord): void {
    const expected = this.#said[this.#taken];
    if (this.#first < 0) this.#first = word.index;
    if (!this.#over && expected !== undefined && sameWord(word.text, expected)) {
      this.#taken++;
      return;
    }
    this.#over = true;
    this.#sink.word({ ...word, index: word.index - this.#taken });
  }

  wordEnd(index: number, end: number): void {
    if (index - this.#first >= this.#taken) this.#sink.wordEnd(index - this.#taken, end);
  }
}
