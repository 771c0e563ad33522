/** What fields of all kinds share: the place of the next word, the visitor's selection, and undo steps. */
import { drawn } from './drawing.js';
import type { Field } from './field.js';
import type { Surroundings } from './spacing.js';
import { spliceBetween } from './splice.js';
import { mayType, typeInto } from './typing.js';

export interface Written {
  readonly word: string;
  /** The text without it. */
  readonly before: string;
}

/** A word that an editor inserts itself, since it cancelled `beforeinput`. */
interface Pending extends Written {
  readonly away: boolean;
  readonly scroll: ScrollToOptions;
}

/** `Position` is a live range of the text: `follow` moves it with every change. */
export abstract class TrackedField<Position> implements Field {
  abstract readonly element: HTMLElement;
  settling: Promise<void> | undefined;
  /** What the next word replaces. Empty, except before the first word if text is selected. */
  protected abstract place: Position;
  /** The selection after the last edit or dictated word. */
  protected abstract lastSelection: Position;
  /** The visitor's selection during a write. */
  protected kept: Position | undefined;
  readonly #firesBeforeInput: boolean;
  /** An edit followed our last word. Chromium would undo typing and dictation in one step. */
  #typed = false;
  #wrote = false;

  constructor(firesBeforeInput: boolean) {
    this.#firesBeforeInput = firesBeforeInput;
  }

  around(): Surroundings {
    this.follow();
    return this.textAround();
  }

  begin(): void {
    this.follow();
    const selection = this.isFocused ? this.selection() : undefined;
    if (selection && !this.same(selection, this.lastSelection)) this.place = selection;
    this.seal();
  }

  write(word: string, eat: number): boolean {
    this.follow();
    const { element } = this;
    const kept = (this.kept = this.selection());
    const away = kept !== undefined && !this.same(kept, this.place);
    const scroll = { left: element.scrollLeft, top: element.scrollTop };
    if (this.#typed) this.seal();
    this.#typed = false;
    const before = this.text();
    let replaced = this.replaced(eat);
    const targetRanges = (): StaticRange[] => this.targetRanges(replaced);
    const refresh = (): void => {
      this.follow();
      replaced = this.replaced(eat);
    };
    const isSelected = (): boolean => {
      const selection = this.selection();
      return selection !== undefined && this.same(selection, replaced);
    };
    if (!this.hasRoom(word, replaced)) {
      if (mayType({ element, text: word, targetRanges })) {
        this.kept = undefined;
        return false;
      }
      this.#cancelled({ word, before, away, scroll });
      return true;
    }
    const outcome = typeInto({
      element,
      text: word,
      targetRanges,
      isFocused: this.isFocused,
      firesBeforeInput: this.#firesBeforeInput,
      select: () => {
        refresh();
        // Every `select`, even of the current selection, would start another undo step.
        if (!isSelected()) this.select(replaced);
      },
      isSelected,
      insert: () => {
        refresh();
        this.insert(word, replaced, away);
      },
    });
    this.#wrote = outcome !== 'refused';
    if (outcome === 'refused') this.#cancelled({ word, before, away, scroll });
    else {
      this.advance({ word, before }, replaced, outcome);
      this.#restore(away, scroll);
      if (this.isEditor) this.settling = this.#read(away && this.isFocused ? kept : undefined, scroll);
    }
    return true;
  }

  editing(): void {
    if (this.#wrote) this.seal();
    this.#wrote = false;
  }

  edited(): void {
    this.follow();
    this.lastSelection = this.selection() ?? this.lastSelection;
    this.#typed = true;
  }

  end(): void {
    this.seal();
  }

  abstract close(): void;

  protected abstract get isFocused(): boolean;
  /** Undefined if it is outside the field. */
  protected abstract selection(): Position | undefined;
  protected abstract select(position: Position): void;
  protected abstract same(a: Position, b: Position): boolean;
  protected abstract text(): string;
  /** The offset of the caret in the text; undefined where text is selected. */
  protected abstract caret(): number | undefined;
  /** The empty position at an offset in the text. */
  protected abstract positionAt(offset: number): Position;
  /** Moves every position with the changes of the text since the last call. */
  protected abstract follow(): void;
  protected abstract textAround(): Surroundings;
  /** The place, extended by the `eat` characters before it. */
  protected abstract replaced(eat: number): Position;
  protected abstract targetRanges(replaced: Position): StaticRange[];
  protected abstract hasRoom(word: string, replaced: Position): boolean;
  /** Writes by script. @param away the caret is not at the place, and stays */
  protected abstract insert(word: string, replaced: Position, away: boolean): void;
  /** Moves the place behind a word that was written. */
  protected abstract advance(written: Written, replaced: Position, outcome: 'typed' | 'inserted'): void;
  /** Whether an editor may manage the text, and read what was typed after the event. */
  protected abstract readonly isEditor: boolean;

  /** Moves the place behind a word, wherever an editor has set the caret. @param isWritten false: only if it is there */
  protected moveBehind({ word, before }: Written, isWritten: boolean): void {
    if (this.#isBehind({ word, before })) {
      this.place = this.selection() ?? this.place;
      return;
    }
    const text = this.text();
    const splice = spliceBetween(before, text, this.caret());
    if (!splice) return;
    const end = splice.start + splice.inserted;
    if (isWritten || letters(text.slice(splice.start, end)).includes(letters(word))) this.place = this.positionAt(end);
  }

  /** Ends the current undo step: every new selection does. */
  protected seal(): void {
    const selection = this.isFocused ? this.selection() : undefined;
    if (selection) this.select(selection);
  }

  /** The page cancelled `beforeinput`: it rejects the word, or inserts it itself, now or later. */
  #cancelled(pending: Pending): void {
    const isDrawn = (): boolean => this.#isBehind(pending);
    if (isDrawn()) this.#settle(pending);
    else
      this.settling = drawn(this.element, isDrawn).then(() => {
        this.settling = undefined;
        this.#settle(pending);
      });
  }

  /** Whether the text has changed and the caret is behind the word. */
  #isBehind({ before, word }: Written): boolean {
    const text = this.text();
    const caret = text === before ? undefined : this.caret();
    return caret !== undefined && letters(text.slice(0, caret)).endsWith(letters(word));
  }

  #settle(pending: Pending): void {
    const isRejected = this.text() === pending.before;
    this.follow();
    this.moveBehind(pending, false);
    this.#wrote = !isRejected;
    this.#restore(pending.away || isRejected, pending.scroll);
  }

  #restore(away: boolean, scroll: ScrollToOptions): void {
    const { kept } = this;
    this.kept = undefined;
    const selection = this.selection();
    if (!away || !kept) {
      this.lastSelection = selection ?? this.place;
      return;
    }
    if (!this.isFocused || (selection && this.same(selection, kept))) return;
    this.select(kept);
    this.element.scrollTo(scroll);
  }

  /**
   * Lets an editor read the word from the page, which some do in a microtask, some in a task.
   * @param kept the visitor's selection if it is elsewhere: editors set the caret behind the word
   */
  async #read(kept: Position | undefined, scroll: ScrollToOptions): Promise<void> {
    for (const editorReads of [() => Promise.resolve(), ...(kept ? [nextTask] : [])]) {
      await editorReads();
      this.kept = kept;
      this.follow();
      const selection = this.selection();
      if (selection && this.same(selection, this.place)) this.#restore(kept !== undefined, scroll);
      this.kept = undefined;
    }
    this.settling = undefined;
  }
}

const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Editors may write a space as a no-break space, or leave it out at the start of a line, and raise a letter. */
const letters = (text: string): string => text.replace(/[\s\u200b\ufeff]+/g, '').toLowerCase();
