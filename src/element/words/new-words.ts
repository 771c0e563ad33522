/** Finds what a transcript says that was not shown yet, at a cost that does not grow with the transcript. */
import type { Transcript, Utterance, Word } from '../../client/transcript.js';

export interface NewWord {
  readonly word: Word;
  /** As it was when the word was taken; only its `id` stays true. */
  readonly utterance: Utterance;
  /** The word opens its utterance. */
  readonly first: boolean;
}

export interface News {
  /** What was taken before is not in the transcript any more: it was cleared, or another stream began. */
  readonly anew: boolean;
  readonly words: readonly NewWord[];
}

/** One reader's place in a transcript. Words are appended and never change, so a place is all there is to keep. */
export class NewWords {
  #id = 0;
  #count = 0;
  #last: Word | undefined;

  /** The words since the last call. */
  take(transcript: Transcript): News {
    const { utterances } = transcript;
    let at = utterances.length - 1;
    while (at >= 0 && (utterances[at]?.id ?? 0) > this.#id) at--;
    const known = this.#goesOn(utterances[at]);
    const anew = this.#last !== undefined && !known;
    const words: NewWord[] = [];
    for (let u = known ? at : 0; u < utterances.length; u++) {
      const utterance = utterances[u];
      if (!utterance) continue;
      for (let w = known && u === at ? this.#count : 0; w < utterance.words.length; w++) {
        const word = utterance.words[w];
        if (word) words.push({ word, utterance, first: w === 0 });
      }
    }
    const last = utterances.at(-1);
    [this.#id, this.#count, this.#last] = [last?.id ?? 0, last?.words.length ?? 0, last?.words.at(-1)];
    return { anew, words };
  }

  /** Reads the transcript from its beginning again. */
  reset(): void {
    [this.#id, this.#count, this.#last] = [0, 0, undefined];
  }

  /** A word's end may still move, its text and its start never do. */
  #goesOn(utterance: Utterance | undefined): boolean {
    const word = utterance?.words[this.#count - 1];
    return utterance?.id === this.#id && word?.text === this.#last?.text && word?.start === this.#last?.start;
  }
}
