/** Finds the words added to a transcript since the last call, in time independent of its length. */
import type { Transcript, Utterance, Word } from '../../client/transcript.js';

export interface NewWord {
  readonly word: Word;
  /** A snapshot: only its `id` is still valid later. */
  readonly utterance: Utterance;
  /** Whether it is the first word of its utterance. */
  readonly first: boolean;
}

export interface TranscriptChange {
  /** The transcript was cleared or another stream began; the words shown so far must be removed. */
  readonly restarted: boolean;
  readonly words: readonly NewWord[];
}

/** One reader's position in a transcript. Words are only appended, so a position is enough. */
export class NewWords {
  #id = 0;
  #count = 0;
  #last: Word | undefined;

  /** The words since the last call. */
  take(transcript: Transcript): TranscriptChange {
    const { utterances } = transcript;
    let at = utterances.length - 1;
    while (at >= 0 && (utterances[at]?.id ?? 0) > this.#id) at--;
    const known = this.#continues(utterances[at]);
    const restarted = this.#last !== undefined && !known;
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
    return { restarted, words };
  }

  /** Reads the transcript from its beginning again. */
  reset(): void {
    [this.#id, this.#count, this.#last] = [0, 0, undefined];
  }

  /** Compares text and start, because only a word's end may still change. */
  #continues(utterance: Utterance | undefined): boolean {
    const word = utterance?.words[this.#count - 1];
    return utterance?.id === this.#id && word?.text === this.#last?.text && word?.start === this.#last?.start;
  }
}
