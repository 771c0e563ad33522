/** Interface between dictation and a field of any kind. */
import type { Surroundings } from './spacing.js';

/**
 * A field, and the place in it where the next word is inserted. The place moves with the visitor's edits. Text that is
 * already in the field, dictated or typed, is never rewritten, unless a spoken command says so.
 */
export interface Field {
  readonly element: HTMLElement;
  /** The text around the place, at least to the start and the end of its line. */
  around(): Surroundings;
  /**
   * Begins an utterance, and an undo step. The utterance continues where the last one ended, unless the visitor has
   * moved the caret since. A caret that is still where an edit or a word left it counts as not moved.
   * @param joins what is written belongs to the last utterance, if that ends at the place
   */
  begin(joins?: boolean): void;
  /**
   * Types `word` at the place, replacing the last `eat` characters before it. Writes nothing if the page cancels
   * `beforeinput`.
   * @returns false if `word` exceeds the field's `maxlength`
   */
  write(word: string, eat: number): boolean;
  /** What was last written, if it still is in front of the place. */
  readonly lastWritten: string;
  /** Begins a line at the place, where the field may have several. */
  breakLine(): void;
  /** Removes the last utterance or line break that is not removed yet, unless the visitor has edited it. An undo step. */
  erase(): void;
  /** Resolves when an editor has drawn the last word. No other may be written before; undefined if one may. */
  readonly settling: Promise<void> | undefined;
  /** To be called before an edit by the visitor or the page. */
  editing(): void;
  /** To be called after an edit by the visitor or the page. */
  edited(): void;
  /** Ends the utterance and its undo step. */
  end(): void;
  /** Ends the dictation; fires `change` if the browser will not. */
  close(): void;
}
