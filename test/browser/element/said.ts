/** A transcript to which tests add words, as a stream does. */
import { append, cleared, EMPTY_TRANSCRIPT, type Transcript, type Word } from '../../../src/client/transcript.js';

export class Said {
  transcript: Transcript = EMPTY_TRANSCRIPT;
  #index = 0;

  /** Adds words, each 0.4 s long and half a second after the previous one. */
  words(...texts: string[]): this {
    for (const text of texts) this.word({ text, start: this.#index * 0.5, end: this.#index * 0.5 + 0.4 });
    return this;
  }

  word(word: Word): this {
    this.transcript = append(this.transcript, {
      type: 'word',
      word: { confidence: 1, ...word, index: this.#index++ },
    });
    return this;
  }

  growing(text: string): this {
    this.transcript = append(this.transcript, { type: 'partial', text, start: this.#index * 0.5 });
    return this;
  }

  final(): this {
    this.transcript = append(this.transcript, { type: 'final' });
    return this;
  }

  clear(): this {
    this.transcript = cleared(this.transcript);
    return this;
  }
}

/** English words of different lengths, the same on every call. */
export function prose(count: number): string[] {
  const words = 'the captions roll up one whole line at a time and nothing that was shown is ever written again'.split(
    ' ',
  );
  return Array.from({ length: count }, (_, index) => words[(index * 7) % words.length] ?? 'word');
}

/** Counts the nodes that change under `node` until `stop` is called. */
export function countMutations(node: Node): { readonly stop: () => number } {
  let count = 0;
  const add = (records: readonly MutationRecord[]): void => {
    for (const { addedNodes, removedNodes } of records) count += Math.max(1, addedNodes.length + removedNodes.length);
  };
  const observer = new MutationObserver(add);
  observer.observe(node, { subtree: true, childList: true, attributes: true, characterData: true });
  return {
    stop: () => {
      add(observer.takeRecords());
      observer.disconnect();
      return count;
    },
  };
}
