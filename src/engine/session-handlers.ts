/** What a session says, and how it falls silent. */
import type { SttError } from '../errors.js';
import type { Recovery, WireWord } from '../protocol/stream-events.js';

/** What a session tells its owner, in order, from inside the engine's loop. Handlers must not throw. */
export interface SessionHandlers {
  /** The unfinished last word so far; only grows until it becomes a `word`. */
  partial(text: string, start: number): void;
  word(word: WireWord): void;
  /** The definite end of word `index`, in seconds. */
  wordEnd(index: number, end: number): void;
  /** The speaker is done at `time` seconds; the utterance's last words may still come, then `final`. */
  turn(time: number, probability: number): void;
  final(): void;
  /**
   * The model had lost its way and has begun anew, for `reason`; it hears the sound from `since` seconds on again.
   * What it said stays, and the utterance is final.
   */
  recovered(reason: Recovery, since: number): void;
  /** Seconds of audio waiting: told when they pass a second, with each further second, and 0 once caught up. */
  backlog(seconds: number): void;
  /** Frames up to and including `index` (0-based) are transcribed. */
  taken(index: number): void;
  /** The stream failed and says nothing more. Other sessions go on. */
  failed(error: SttError): void;
}

const nothing = (): void => undefined;

/** For whoever listens to a few of them only. */
export const NO_HANDLERS: SessionHandlers = {
  partial: nothing,
  word: nothing,
  wordEnd: nothing,
  turn: nothing,
  final: nothing,
  recovered: nothing,
  backlog: nothing,
  taken: nothing,
  failed: nothing,
};

/** Handlers that fall silent once the stream has ended, which one of them may have brought about. */
export function whileLive(handlers: SessionHandlers, live: () => boolean): SessionHandlers {
  return {
    partial: (text, start) => live() && handlers.partial(text, start),
    word: (word) => live() && handlers.word(word),
    wordEnd: (index, end) => live() && handlers.wordEnd(index, end),
    turn: (time, probability) => live() && handlers.turn(time, probability),
    final: () => live() && handlers.final(),
    recovered: (reason, since) => live() && handlers.recovered(reason, since),
    backlog: (seconds) => live() && handlers.backlog(seconds),
    taken: (index) => live() && handlers.taken(index),
    failed: (error) => live() && handlers.failed(error),
  };
}
