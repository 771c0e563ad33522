/** Drops the words of a replay that were emitted before it. */
import type { WordEvent } from '../text/words.js';
import { plain, sameWord } from './repetition.js';

/**
 * Filters the words of replayed audio: drops words that repeat `emitted` in order, until one differs. Later words pass, so
 * that a refrain that was really sung twice is transcribed twice. Indices have no gaps.
 */
export class ReplayFilter {
  readonly #emit: (event: WordEvent) => void;
  readonly #emitted: readonly string[];
  /** Number of dropped words, subtracted from later indices. */
  #dropped = 0;
  #first = -1;
  #over: boolean;

  constructor(emit: (event: WordEvent) => void, emitted: readonly string[]) {
    this.#emit = emit;
    this.#emitted = emitted;
    this.#over = emitted.length === 0;
  }

  filter(event: WordEvent): void {
    const expected = this.#over ? undefined : this.#emitted[this.#dropped];
    switch (event.type) {
      case 'partial':
        // Do not show a partial word that may become a repetition.
        if (expected !== undefined && plain(expected).startsWith(plain(event.text))) return;
        return this.#emit(event);
      case 'word': {
        const { word } = event;
        if (this.#first < 0) this.#first = word.index;
        if (expected !== undefined && sameWord(word.text, expected)) {
          this.#dropped++;
          return;
        }
        this.#over = true;
        return this.#emit({ type: 'word', word: { ...word, index: word.index - this.#dropped } });
      }
      case 'word-end':
        if (event.index - this.#first < this.#dropped) return;
        return this.#emit({ ...event, index: event.index - this.#dropped });
    }
  }
}
