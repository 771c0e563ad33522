/** Announces finished utterances to screen readers, batched so that announcements do not interrupt each other. */
import type { Transcript } from '../../client/transcript.js';
import { NewWords, type NewWord } from './new-words.js';

/** Minimum time between announcements: a live region that changes faster interrupts itself. */
const BETWEEN_MS = 2_500;
/** From this many words on, the finished sentences of an open utterance are announced, for speakers who make no pause. */
const LONG = 30;
/** From this many words on, all words of an open utterance are announced. */
const LONGEST = 60;
/** Announcements kept for reading again, for example with a braille display. */
const KEPT = 20;
const SENTENCE_END = /[.!?…]["'»”’)]*$/u;

/** How many of `words` can be announced now. @param open id of the unfinished utterance */
export function sayable(words: readonly NewWord[], open: number | undefined): number {
  const closed = words.filter(({ utterance }) => utterance.id !== open).length;
  const growing = words.length - closed;
  if (growing >= LONGEST) return words.length;
  if (growing < LONG) return closed;
  const end = words.findLastIndex(({ word }) => SENTENCE_END.test(word.text));
  return Math.max(closed, end + 1);
}

export class Announcer {
  readonly #log: HTMLElement;
  /** Whether the same words can be read elsewhere; then the log keeps only the last announcement. */
  readonly #elsewhere: boolean;
  readonly #newWords = new NewWords();
  #pending: NewWord[] = [];
  #open: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param log an empty live region */
  constructor(log: HTMLElement, elsewhere: boolean) {
    this.#log = log;
    this.#elsewhere = elsewhere;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#log.replaceChildren();
  }

  /** Marks the words so far as announced, for a log created later than its transcript. */
  skip(transcript: Transcript): void {
    this.#newWords.take(transcript);
  }

  show(transcript: Transcript): void {
    const { restarted, removed, words } = this.#newWords.take(transcript);
    if (restarted) {
      this.#pending = [];
      this.#log.replaceChildren();
    }
    // Of changed words those that were announced are not announced again.
    const announced = Math.max(0, removed - this.#pending.length);
    this.#pending.splice(this.#pending.length - Math.min(removed, this.#pending.length));
    this.#pending.push(...words.slice(announced));
    const last = transcript.utterances.at(-1);
    this.#open = last?.isFinal === false ? last.id : undefined;
    if (this.#timer === undefined) this.#say();
  }

  #say(): void {
    this.#timer = undefined;
    const said = this.#pending.splice(0, sayable(this.#pending, this.#open));
    if (said.length === 0) return;
    const entry = document.createElement('p');
    entry.textContent = said
      .map(({ word: { text }, utterance: { speaker }, first }) => (first && speaker ? `${speaker}: ${text}` : text))
      .join(' ');
    this.#log.append(entry);
    const most = this.#elsewhere ? 1 : KEPT;
    while (this.#log.childElementCount > most) this.#log.firstElementChild?.remove();
    this.#timer = setTimeout(() => this.#say(), BETWEEN_MS);
  }
}
