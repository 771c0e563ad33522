/** What the tests of dictation into editors ask of an editor. */
export interface Editor {
  /** The element that a page gives as `target`. */
  readonly field: HTMLElement;
  /** The text in the editor's own state, its paragraphs joined by line breaks. */
  readonly text: () => string;
  /** Takes back the last step of the editor's own history; undefined where it has none. */
  readonly undo?: () => void;
  readonly destroy: () => void;
}
