/** Detects a model that repeats the same few words endlessly. */

/** The longest cycle to detect, in words. */
const LONGEST = 8;
/** Fewest cycles, and fewest words in all of them: more than people repeat. */
const LEAST_TIMES = 4;
const LEAST_WORDS = 12;
const KEPT = LONGEST * Math.max(LEAST_TIMES, LEAST_WORDS);

/** Whether words are equal, ignoring case and punctuation. */
export function sameWord(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

export function plain(word: string): string {
  return word.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
}

export interface SpokenWord {
  readonly text: string;
  /** Seconds. */
  readonly end: number;
}

export interface Repetition {
  /** End of the first cycle, in seconds. */
  readonly since: number;
  /** The words after it: the repetitions. */
  readonly words: readonly string[];
}

export class RepetitionDetector {
  readonly #words: SpokenWord[] = [];

  /** Adds the next word; returns the repetition it completes. */
  word(word: SpokenWord): Repetition | undefined {
    this.#words.push(word);
    if (this.#words.length > KEPT) this.#words.shift();
    const latest = this.#words.map(({ text }) => plain(text)).reverse();
    for (let length = 1; length <= LONGEST; length++) {
      const times = this.#times(latest, length);
      if (times >= LEAST_TIMES && times * length >= LEAST_WORDS) return this.#repetition(times, length);
    }
    return undefined;
  }

  clear(): void {
    this.#words.length = 0;
  }

  /** How many times in a row the first `length` words occur; `words` has the latest first. */
  #times(words: readonly string[], length: number): number {
    const differs = words.findIndex((word, i) => word !== (words[i + length] ?? ''));
    return 1 + Math.floor(differs / length);
  }

  #repetition(times: number, length: number): Repetition {
    const words = this.#words.slice(-times * length);
    return {
      since: words[length - 1]?.end ?? 0,
      words: words.slice(length).map(({ text }) => text),
    };
  }
}
