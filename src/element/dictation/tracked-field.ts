/** What fields of all kinds share: the place of the next word, the visitor's selection, and undo steps. */
import { drawn } from './drawing.js';
import type { Field } from './field.js';
import type { Surroundings } from './spacing.js';
import { spliceBetween } from './splice.js';
import { mayType, typeInto, type EditingCommand, type Outcome } from './typing.js';

export interface Written {
  readonly word: string;
  /** The text without it. */
  readonly before: string;
}

/** A word that an editor inserts itself, since it cancelled `beforeinput`. */
interface Pending extends Written {
  readonly away: boolean;
  readonly scroll: ScrollToOptions;
  /** To be called once the editor has drawn it. */
  readonly written: () => void;
}

/** What was written since `begin`, or a line break. */
interface Insertion<Position> {
  /** Its first word when that was written: the insertion starts where it does. Undefined before that. */
  start: Position | undefined;
  text: string;
  readonly isBreak?: true;
}

type FieldCommand = Exclude<EditingCommand, 'insertText'>;

/** More are not erased one after the other. */
const MOST_INSERTIONS = 100;

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
  #insertions: readonly Insertion<Position>[] = [];

  constructor(firesBeforeInput: boolean) {
    this.#firesBeforeInput = firesBeforeInput;
  }

  around(): Surroundings {
    this.follow();
    return this.textAround();
  }

  begin(joins = false): void {
    this.follow();
    const selection = this.isFocused ? this.selection() : undefined;
    if (selection && !this.same(selection, this.lastSelection)) this.place = selection;
    this.seal();
    if (!joins || this.lastWritten === '') this.record();
  }

  protected record(insertion: Insertion<Position> = { start: undefined, text: '' }): void {
    this.#insertions = [...this.#insertions, insertion].slice(-MOST_INSERTIONS);
  }

  get lastWritten(): string {
    const last = this.#insertions.at(-1);
    if (!last?.start || last.isBreak) return '';
    this.follow();
    const { text } = last;
    return isSameText(this.textOf(this.replaced(text.length)), text) && this.isAt(last.start, text.length) ? text : '';
  }

  /** Inserts a line break as a paragraph; text controls differ. */
  breakLine(): void {
    this.#command('insertParagraph', this.place, () => this.record({ start: this.place, text: '', isBreak: true }));
  }

  erase(): void {
    this.follow();
    const last = this.#insertions.at(-1);
    this.#insertions = this.#insertions.slice(0, -1);
    if (!last) return;
    if (!last.start) return this.erase(); // nothing was written
    if (last.isBreak) {
      const isAtStart = /(?:^|\n)$/.test(this.textAround().before);
      if (this.same(last.start, this.place) && isAtStart) this.#command('delete', this.place);
      return;
    }
    const range = this.spanFrom(last.start, last.text.length);
    if (last.text !== '' && isSameText(this.textOf(range), last.text)) this.#command('delete', range);
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
    const insertion = this.#insertions.at(-1);
    const written = (): void => {
      if (!insertion) return;
      insertion.start ??= this.replaced(word.length);
      insertion.text = insertion.text.slice(0, Math.max(0, insertion.text.length - eat)) + word;
    };
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
      this.#cancelled({ word, before, away, scroll, written });
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
    if (outcome === 'refused') this.#cancelled({ word, before, away, scroll, written });
    else {
      this.advance({ word, before }, replaced, outcome);
      written();
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

  /** Moves the starts of what was written, as `place`, `lastSelection` and `kept` move. */
  protected moveStarts(move: (start: Position) => Position): void {
    for (const insertion of this.#insertions) insertion.start &&= move(insertion.start);
  }

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
  /** As `follow`, after an edit at the caret. */
  protected abstract followEdit(): void;
  protected abstract textAround(): Surroundings;
  /** The place, extended by the `eat` characters before it. */
  protected abstract replaced(eat: number): Position;
  /** From the start of `start` on, `length` characters. */
  protected abstract spanFrom(start: Position, length: number): Position;
  protected abstract textOf(position: Position): string;
  /** Whether the place is `length` characters behind the start of `start`. */
  protected abstract isAt(start: Position, length: number): boolean;
  protected abstract targetRanges(replaced: Position): StaticRange[];
  protected abstract hasRoom(word: string, replaced: Position): boolean;
  /** Writes by script. @param away the caret is not at the place, and stays */
  protected abstract insert(word: string, replaced: Position, away: boolean): void;
  /** Removes `range`, or the line break before it where it is empty; or begins a line there. */
  protected abstract changeByScript(command: FieldCommand, range: Position): void;
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

  /** Removes `range`, or begins a paragraph there. The visitor's selection stays, unless it was at the place. */
  #command(command: FieldCommand, range: Position, done = (): void => undefined): void {
    const { element } = this;
    const selected = this.selection();
    const away = selected !== undefined && !this.same(selected, this.place);
    this.kept = away ? selected : undefined;
    if (this.#typed) this.seal();
    this.#typed = false;
    const scroll = { left: element.scrollLeft, top: element.scrollTop };
    const before = element.innerHTML;
    const isDrawn = (): boolean => element.innerHTML !== before;
    const run = (): Outcome =>
      typeInto({
        ...{ element, command, text: '', isFocused: this.isFocused, firesBeforeInput: this.#firesBeforeInput },
        targetRanges: () => this.targetRanges(range),
        select: () => this.select(range),
        isSelected: () => !isDrawn(),
        insert: () => this.changeByScript(command, range),
      });
    const settle = (): void => {
      this.followEdit();
      // The caret is where the browser or the editor has left it.
      if (command === 'insertParagraph' && this.isFocused) this.place = this.selection() ?? this.place;
      done();
      this.#restore(away, scroll);
      this.#wrote = true;
    };
    if (!this.isEditor) {
      run();
      settle();
      return;
    }
    if (this.isFocused) this.select(range);
    // Editors learn of a selection by an event, which browsers fire in a task.
    this.settling = (async () => {
      await nextTask();
      if (run() === 'refused') await drawn(element, isDrawn);
      await nextTask();
      this.settling = undefined;
      settle();
    })();
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
    if (!isRejected) pending.written();
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

/** Whether `found` may be `written` as an editor or the browser writes it. */
const isSameText = (found: string, written: string): boolean =>
  found.length === written.length && plain(found) === plain(written);

const plain = (text: string): string => text.replace(/\s/g, ' ').toLowerCase();

/** Editors may write a space as a no-break space, or leave it out at the start of a line, and raise a letter. */
const letters = (text: string): string => text.replace(/[\s\u200b\ufeff]+/g, '').toLowerCase();
