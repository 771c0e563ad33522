/** Recognition results in the Web Speech API's classes. */
import type { Utterance, Word } from '../transcript.js';

/** One transcription of an utterance. This engine gives one per utterance. */
export class KyutaiSpeechRecognitionAlternative {
  /** The words; from the second result on with a leading space, so that transcripts can be concatenated. */
  readonly transcript: string;
  /** 0 … 1: the mean of the model's probabilities of the words; 0 if it gives none. */
  readonly confidence: number;

  constructor(transcript: string, confidence: number) {
    this.transcript = transcript;
    this.confidence = confidence;
  }
}

/** A list with `item`, like those of the DOM. */
abstract class ItemList<T> implements Iterable<T> {
  readonly length: number;
  readonly [index: number]: T;

  constructor(items: readonly T[]) {
    this.length = items.length;
    for (const [index, item] of items.entries())
      Object.defineProperty(this, index, { value: item, enumerable: true, configurable: true });
  }

  /** `null` past the end. */
  item(index: number): T | null {
    return this[index] ?? null;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let index = 0; index < this.length; index++) yield this[index] as T;
  }
}

/** One utterance: an interim result may grow, a final one never changes. */
export class KyutaiSpeechRecognitionResult extends ItemList<KyutaiSpeechRecognitionAlternative> {
  readonly isFinal: boolean;
  /** Start of the first word, in seconds on the stream's clock. */
  readonly audioStartTime: number;
  /** End of the last word, in seconds. */
  readonly audioEndTime: number;
  /** The words with times and confidence; an unfinished last word is only in the transcript. Not in the specification. */
  readonly words: readonly Word[];

  /** `interim` is the unfinished last word, or empty. */
  constructor({ words, isFinal, start, end }: Utterance, interim: string, isFirst: boolean) {
    const text = [...words.map((word) => word.text), interim].filter(Boolean).join(' ');
    super([new KyutaiSpeechRecognitionAlternative(isFirst ? text : ` ${text}`, confidenceOf(words))]);
    this.isFinal = isFinal;
    this.audioStartTime = start;
    this.audioEndTime = end;
    this.words = words;
  }
}

/** Every result of a session so far, in order. */
export class KyutaiSpeechRecognitionResultList extends ItemList<KyutaiSpeechRecognitionResult> {}

function confidenceOf(words: readonly Word[]): number {
  const known = words.flatMap(({ confidence }) => (confidence === undefined ? [] : [confidence]));
  return known.length === 0 ? 0 : known.reduce((sum, confidence) => sum + confidence, 0) / known.length;
}
