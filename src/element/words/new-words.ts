/** Finds how a transcript has changed at its end since the last call, in time independent of its length. */
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
  /** How many of the last words shown must be removed first: a command has changed or removed them. */
  readonly removed: number;
  readonly words: readonly NewWord[];
}

/** Where the known words end in a transcript: before word `word` of utterance `utterance`. */
interface Position {
  readonly utterance: number;
  readonly word: number;
}

/** One reader's position in a transcript. Changes before the last words are not found. */
export class NewWords {
  #known: readonly Utterance[] = [];

  /** The changes since the last call. */
  take({ utterances }: Transcript): TranscriptChange {
    const before = this.#known;
    this.#known = utterances;
    let removed = 0;
    let at = utterances.length - 1;
    for (let old = before.length - 1; old >= 0; old--) {
      const { id, words } = before[old] as Utterance;
      while ((utterances[at]?.id ?? 0) > id) at--;
      const now = utterances[at];
      const same = now?.id === id ? commonLength(words, now.words) : 0;
      removed += words.length - same;
      if (same === 0) continue;
      if (removed > 0 && !isSameBefore(before, old, utterances, at)) break;
      return { restarted: false, removed, words: wordsFrom(utterances, { utterance: at, word: same }) };
    }
    return { restarted: before.length > 0, removed: 0, words: wordsFrom(utterances, { utterance: 0, word: 0 }) };
  }

  /** Reads the transcript from its beginning again. */
  reset(): void {
    this.#known = [];
  }
}

/** Compares text and start, because a word's end may still change. Identical words need no comparison. */
function commonLength(a: readonly Word[], b: readonly Word[]): number {
  if (a === b) return a.length;
  let length = 0;
  while (length < Math.min(a.length, b.length)) {
    const [one, other] = [a[length], b[length]];
    if (one !== other && (one?.text !== other?.text || one?.start !== other?.start)) break;
    length++;
  }
  return length;
}

/** Whether the utterances before two positions are the same ones, as far as both have them. */
function isSameBefore(a: readonly Utterance[], atA: number, b: readonly Utterance[], atB: number): boolean {
  for (let back = 1; back <= Math.min(atA, atB); back++) if (a[atA - back]?.id !== b[atB - back]?.id) return false;
  return true;
}

function wordsFrom(utterances: readonly Utterance[], from: Position): NewWord[] {
  return utterances.slice(from.utterance).flatMap((utterance, u) => {
    const skipped = u === 0 ? from.word : 0;
    return utterance.words.slice(skipped).map((word, w) => ({ word, utterance, first: skipped + w === 0 }));
  });
}
