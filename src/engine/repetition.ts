/** Finds the words a model repeats without end: the same few, time after time. */

/** Words of the longest cycle looked for. */
const LONGEST = 8;
/** Times a cycle has to come, and words it has to make in all: more than people say. */
const LEAST_TIMES = 4;
const LEAST_WORDS = 12;
const KEPT = LONGEST * Math.max(LEAST_TIMES, LEAST_WORDS);

/** Words are one where only case and punctuation part them. */
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

/** What repeats itself. */
export interface Repetition {
  /** When it was first said to its end, in seconds. */
  readonly since: number;
  /** Everything said after that: the repetitions. */
  readonly words: readonly string[];
}

export class RepetitionDetector {
  readonly #words: SpokenWord[] = [];

  /** The next word; answers the loop it completes. */
  word(word: SpokenWord): Repetition | undefined {
    this.#words.push(word);
    if (this.#words.length > KEPT) this.#words.shift();
    const latest = this.#words.map(({ text }) => plain(text)).reverse();
    for (let length = 1; length <= LONGEST; length++) {
      const times = this.#times(latest, length);
      if (times >= LEAST_TIMES && times * length >= LEAST_WORDS) return this.#loop(times, length);
    }
    return undefined;
  }

  clear(): void {
    this.#words.length = 0;
  }

  /** How often the first `length` of `words`, the latest first, were said, one time after the other. */
  #times(words: readonly string[], length: number): number {
    const differs = words.findIndex((word, i) => word !== (words[i + length] ?? ''));
    return 1 + Math.floor(differs / length);
  }

  #loop(times: number, length: number): Repetition {
    const said = this.#words.slice(-times * length);
    return {
      since: said[length - 1]?.end ?? 0,
      words: said.slice(length).map(({ text }) => text),
    };
  }
}
