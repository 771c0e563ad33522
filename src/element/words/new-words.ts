/** Finds how a transcript has changed since the last call. Only utterances are compared, not the words of those that are the same. */
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
  /** Earlier utterances that the visitor has edited. */
  readonly edited: readonly Utterance[];
  /** The first utterances, which are not in the transcript any more. */
  readonly dropped: readonly Utterance[];
  readonly words: readonly NewWord[];
}

/** Where the known words end in a transcript: before word `word` of utterance `utterance`. */
interface Position {
  readonly utterance: number;
  readonly word: number;
}

/** One reader's position in a transcript. */
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
      const edits = editsBetween(before.slice(0, old), utterances.slice(0, at));
      if (!edits) break;
      return { restarted: false, removed, ...edits, words: wordsFrom(utterances, { utterance: at, word: same }) };
    }
    const words = wordsFrom(utterances, { utterance: 0, word: 0 });
    return { restarted: before.length > 0, removed: 0, edited: [], dropped: [], words };
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

/** What has changed, where only the first utterances are missing; undefined where others are. */
function editsBetween(
  before: readonly Utterance[],
  after: readonly Utterance[],
): Pick<TranscriptChange, 'edited' | 'dropped'> | undefined {
  const first = before.length - after.length;
  if (first < 0) return undefined;
  const edited: Utterance[] = [];
  for (const [index, now] of after.entries()) {
    const old = before[first + index];
    if (old === now) continue;
    if (old?.id !== now.id) return undefined;
    const length = commonLength(old.words, now.words);
    if (length < old.words.length || length < now.words.length) edited.push(now);
  }
  return { edited, dropped: before.slice(0, first) };
}

function wordsFrom(utterances: readonly Utterance[], from: Position): NewWord[] {
  return utterances.slice(from.utterance).flatMap((utterance, u) => {
    const skipped = u === 0 ? from.word : 0;
    return utterance.words.slice(skipped).map((word, w) => ({ word, utterance, first: skipped + w === 0 }));
  });
}
