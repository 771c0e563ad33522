/** What captions and screen readers get of several lanes, where a line that was shown does not move. */
import { EMPTY_TRANSCRIPT, type Transcript, type Utterance, type Word } from '../../client/transcript.js';
import type { MergedChange } from './merged-lanes.js';

/** Segments kept: more than captions show, and more than become final between two renders. */
const MOST_KEPT = 50;

/** Words in the order in which they arrive: a new segment begins with each utterance, and each time another speaker goes on. */
export class LiveCaptions {
  #segments: readonly Segment[] = [];
  #finals: readonly Utterance[] = [];
  #ids = 0;
  #announced = 0;
  /** The utterances that may still change, as they were last. */
  readonly #open = new Map<number, Utterance>();

  /** Adds what has changed; without a word in the transcript, all was cleared. */
  update({ transcript, changed }: MergedChange): void {
    if (transcript.utterances.length === 0) this.#segments = [];
    for (const utterance of changed) {
      this.#add(utterance, this.#newWords(utterance));
      if (!utterance.isFinal) this.#open.set(utterance.id, utterance);
      else {
        this.#open.delete(utterance.id);
        if (utterance.words.length > 0)
          this.#finals = [...this.#finals, { ...utterance, id: ++this.#announced }].slice(-MOST_KEPT);
      }
    }
  }

  /** The segments as a transcript to which words are only appended; if a word was an echo, it has other ids. */
  captions({ transcript: { interim } }: MergedChange): Transcript {
    const utterances = this.#segments.map(({ id, of, words }, index) => ({
      ...{ ...of, id, words, text: words.map(({ text }) => text).join(' ') },
      // The unfinished word of another lane begins a line.
      isFinal: of.isFinal || index < this.#segments.length - 1 || (interim !== undefined && interim.lane !== of.lane),
    }));
    return { ...EMPTY_TRANSCRIPT, utterances, interim };
  }

  /** The final utterances, in the order in which they became final. */
  get announced(): Transcript {
    return { ...EMPTY_TRANSCRIPT, utterances: this.#finals };
  }

  /** The words that were not shown yet. Removes those shown that are not in `utterance` any more. */
  #newWords(utterance: Utterance): readonly Word[] {
    const before = this.#open.get(utterance.id)?.words ?? [];
    const isIn = ({ start, text }: Word): boolean =>
      utterance.words.some((word) => word.start === start && word.text === text);
    const kept = before.filter(isIn);
    if (kept.length < before.length) {
      this.#segments = this.#segments.flatMap((segment) => {
        const words = segment.of.id === utterance.id ? segment.words.filter(isIn) : segment.words;
        return words.length === 0 ? [] : { ...segment, words, id: ++this.#ids };
      });
    }
    return utterance.words.slice(kept.length);
  }

  #add(of: Utterance, words: readonly Word[]): void {
    const last = this.#segments.at(-1);
    if (last?.of.id === of.id)
      this.#segments = [...this.#segments.slice(0, -1), { ...last, of, words: [...last.words, ...words] }];
    else if (words.length > 0) this.#segments = [...this.#segments, { id: ++this.#ids, of, words }].slice(-MOST_KEPT);
  }
}

interface Segment {
  readonly id: number;
  /** The utterance as it was when the last of the words was added. */
  readonly of: Utterance;
  readonly words: readonly Word[];
}
