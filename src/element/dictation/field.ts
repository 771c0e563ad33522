/** What dictation needs of a field, whatever kind it is. */
import type { Surroundings } from './spacing.js';

/**
 * A field with a place in it where the next word goes. The place moves with the visitor's edits; what stands there
 * already, dictated or not, is theirs and is never written again.
 */
export interface Field {
  readonly element: HTMLElement;
  /** The text around the place, at least to the start and the end of its line. */
  around(): Surroundings;
  /**
   * An utterance begins. It goes on where the one before ended, unless the visitor has put the caret elsewhere since;
   * a caret that rests where an edit or a word left it is no such wish. From here on, undoing is a step of its own.
   */
  begin(): void;
  /**
   * Writes `text` for the last `eat` characters before the place, as if it had been typed. False where the field has no
   * room for it. A page that cancels `beforeinput` is asked no further.
   */
  write(text: string, eat: number): boolean;
  /** An edit that is not ours is about to be made. */
  editing(): void;
  /** An edit that is not ours was made. */
  edited(): void;
  /** The utterance is complete: what is typed next is undone apart from it. */
  end(): void;
  /** The dictation is over. */
  close(): void;
}
