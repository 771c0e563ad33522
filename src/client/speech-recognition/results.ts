/** What was recognised, in the shapes the Web Speech API gives it. */
import type { Utterance, Word } from '../transcript.js';

/** One reading of an utterance. This engine has one reading of each. */
export class KyutaiSpeechRecognitionAlternative {
  /** The words; from the second result on with a space before them, so that transcripts can be joined as they are. */
  readonly transcript: string;
  /** 0 … 1: the mean of the model's own probabilities of the words; 0 where it gives none. */
  readonly confidence: number;

  constructor(transcript: string, confidence: number) {
    this.transcript = transcript;
    this.confidence = confidence;
  }
}

/** An array with the `item` of the platform's own lists. */
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
  /** Seconds on the clock of the sound: when the first word began. */
  readonly audioStartTime: number;
  /** Seconds: when the last word ended. */
  readonly audioEndTime: number;
  /** Word by word, with times and confidence; the unfinished last word is in the transcript only. Not in the specification. */
  readonly words: readonly Word[];

  /** `interim` is the unfinished last word, empty where there is none. */
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
