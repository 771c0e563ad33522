/** Lets the visitor edit the utterances of the transcript. Words that arrive meanwhile are added below. */
import type { ReactiveController } from 'lit';
import type { Transcript, Utterance, Word } from '../../client/transcript.js';
import type { FeatureHost, FeaturePort } from '../hands-free/port.js';
import { retimed } from './retimed.js';

const WORD = '[part~="word"]';
const PARAGRAPH = '[part="paragraph"]';

/** The words that a paragraph shows: an utterance, or a part of a long one. */
interface Passage {
  readonly id: number;
  readonly first: number;
  readonly words: readonly Word[];
}

interface OpenEditor {
  readonly area: HTMLTextAreaElement;
  readonly line: HTMLElement;
  readonly passage: Passage;
}

/** An edit that was made. An utterance without words is removed. */
interface Change {
  readonly index: number;
  readonly before: Utterance | undefined;
  readonly after: Utterance | undefined;
}

export class TranscriptEditorController implements ReactiveController {
  readonly #host: FeatureHost;
  readonly #port: FeaturePort;
  #box: HTMLElement | undefined;
  #events = new AbortController();
  #editor: OpenEditor | undefined;
  /** Stands in the paragraph under the pointer or with the focus. */
  #button: HTMLButtonElement | undefined;
  #hint: HTMLElement | undefined;
  #done: readonly Change[] = [];
  #undone: readonly Change[] = [];

  constructor(host: FeatureHost, port: FeaturePort) {
    this.#host = host;
    this.#port = port;
    host.addController(this);
  }

  hostUpdated(): void {
    const found = this.#host.editable ? this.#host.renderRoot.querySelector<HTMLElement>('.transcript') : null;
    if ((found ?? undefined) !== this.#box) this.#attach(found ?? undefined);
    if (this.#hint) this.#hint.textContent = this.#port.strings().transcriptEditKeys;
  }

  hostDisconnected(): void {
    this.#attach(undefined);
  }

  #attach(box: HTMLElement | undefined): void {
    this.#close();
    this.#events.abort();
    this.#events = new AbortController();
    this.#withdraw();
    this.#hint?.remove();
    this.#box?.setAttribute('aria-describedby', 'keys');
    this.#box?.removeAttribute('data-editable');
    this.#button = this.#hint = undefined;
    this.#box = box;
    if (!box) return;
    const { signal } = this.#events;
    box.addEventListener('dblclick', ({ target }) => this.#open(target), { signal });
    box.addEventListener('keydown', (event) => this.#onKeydown(event), { signal });
    for (const type of ['pointerover', 'focusin', 'click'])
      box.addEventListener(type, ({ target }) => this.#offer(target), { signal });
    box.addEventListener('pointerleave', () => !box.matches(':focus-within') && this.#withdraw(), { signal });
    box.addEventListener('focusout', ({ relatedTarget }) => relatedTarget || this.#withdraw(), { signal });
    this.#hint = Object.assign(box.ownerDocument.createElement('p'), { id: 'edit-keys', hidden: true });
    this.#hint.className = 'unseen';
    box.after(this.#hint);
    box.setAttribute('aria-describedby', 'keys edit-keys');
    box.setAttribute('data-editable', '');
  }

  /** Shows the button in the paragraph of `target`. */
  #offer(target: EventTarget | null): void {
    const paragraph = target instanceof Element ? target.closest(PARAGRAPH) : null;
    if (!paragraph || this.#editor || this.#button?.parentElement === paragraph) return;
    if (!this.#passageOf(paragraph)) return;
    const button = (this.#button ??= this.#makeButton(paragraph.ownerDocument));
    button.title = this.#port.strings().edit;
    button.setAttribute('aria-label', button.title);
    paragraph.append(button);
  }

  #makeButton(page: Document): HTMLButtonElement {
    const button = page.createElement('button');
    const [icon, pencil] = ['svg', 'path'].map((name) => page.createElementNS('http://www.w3.org/2000/svg', name)) as [
      SVGElement,
      SVGElement,
    ];
    button.type = 'button';
    button.setAttribute('part', 'edit');
    icon.setAttribute('viewBox', '0 0 24 24');
    icon.setAttribute('aria-hidden', 'true');
    pencil.setAttribute('d', 'M4 20l1-5L16 4l4 4L9 19zM13 7l4 4');
    icon.append(pencil);
    button.append(icon);
    button.addEventListener('click', () => this.#open(button));
    return button;
  }

  #withdraw(): void {
    this.#button?.remove();
  }

  #onKeydown(event: KeyboardEvent): void {
    const { key, target } = event;
    if (event.defaultPrevented || target === this.#editor?.area) return;
    const steps = (event.ctrlKey || event.metaKey) && !event.altKey;
    const isRedo = steps && (key.toLowerCase() === 'y' || (key.toLowerCase() === 'z' && event.shiftKey));
    if (key === 'F2') this.#open(target);
    else if (isRedo) this.#redo();
    else if (steps && key.toLowerCase() === 'z') this.#undo();
    else return;
    event.preventDefault();
  }

  /** Edits the paragraph of `target`, with the word selected if it is one. */
  #open(target: EventTarget | null): void {
    if (!(target instanceof HTMLElement) || this.#editor) return;
    const paragraph = target.closest(PARAGRAPH);
    const line = paragraph?.querySelector<HTMLElement>('[part="line"]');
    const passage = paragraph && this.#passageOf(paragraph);
    if (!line || !passage) return;
    const area = line.ownerDocument.createElement('textarea');
    area.setAttribute('part', 'editor');
    area.setAttribute('aria-label', this.#port.strings().editLabel);
    area.dir = 'auto';
    area.rows = 1;
    area.value = passage.words.map(({ text }) => text).join(' ');
    this.#editor = { area, line, passage };
    this.#withdraw();
    this.#box?.setAttribute('data-editing', '');
    line.hidden = true;
    line.after(area);
    this.#fit(area);
    const [from, to] = selectionFor(line, target);
    area.focus({ preventScroll: true });
    area.setSelectionRange(from, to);
    area.addEventListener('input', () => this.#fit(area));
    area.addEventListener('blur', () => this.#commit(false));
    area.addEventListener('keydown', (event) => this.#onAreaKeydown(event));
    // A double click in the text selects a word of it.
    area.addEventListener('dblclick', (event) => event.stopPropagation());
  }

  #onAreaKeydown(event: KeyboardEvent): void {
    event.stopPropagation(); // the arrow keys, Escape and Ctrl+Z are the field's
    if (isOfComposition(event) || (event.key !== 'Enter' && event.key !== 'Escape')) return;
    event.preventDefault();
    if (event.key === 'Enter') this.#commit(true);
    else this.#close(true);
  }

  #fit(area: HTMLTextAreaElement): void {
    area.style.blockSize = 'auto';
    area.style.blockSize = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
  }

  #commit(returnsFocus: boolean): void {
    const editor = this.#editor;
    if (!editor) return;
    const { area, passage } = editor;
    const texts = area.value.split(/\s+/).filter((text) => text !== '');
    const { utterances } = this.#port.transcript();
    const index = utterances.findIndex(({ id }) => id === passage.id);
    const before = utterances[index];
    const place = area.value.slice(0, area.selectionStart).split(/\s+/).filter(Boolean).length;
    this.#close();
    if (before && texts.join(' ') !== passage.words.map(({ text }) => text).join(' ')) {
      const { first, words } = passage;
      const edited = [
        ...before.words.slice(0, first),
        ...retimed(words, texts),
        ...before.words.slice(first + words.length),
      ];
      const after = edited.length === 0 ? undefined : withWords(before, edited);
      this.#apply({ index, before, after });
      this.#done = [...this.#done, { index, before, after }];
      this.#undone = [];
    }
    if (returnsFocus) void this.#focus(passage, place);
  }

  /** @param returnsFocus to where it was before the edit */
  #close(returnsFocus = false): void {
    const editor = this.#editor;
    if (!editor) return;
    this.#editor = undefined;
    this.#box?.removeAttribute('data-editing');
    editor.line.hidden = false;
    editor.area.remove();
    if (returnsFocus) void this.#focus(editor.passage, 0);
  }

  /** Focuses a word of the utterance, as the arrow keys do. @param place from 1 */
  async #focus({ id, first }: Passage, place: number): Promise<void> {
    await this.#host.updateComplete;
    const word = this.#port.transcript().utterances.find((utterance) => utterance.id === id)?.words[
      first + Math.max(0, place - 1)
    ];
    const spans = [...(this.#box?.querySelectorAll<HTMLElement>(WORD) ?? [])];
    const span = spans.find((one) => this.#port.wordOf(one) === word);
    if (!word || !span) {
      this.#box?.focus({ preventScroll: true });
      return;
    }
    span.tabIndex = -1;
    span.role = 'button';
    span.focus();
  }

  #undo(): void {
    const change = this.#done.at(-1);
    if (!change) return;
    this.#done = this.#done.slice(0, -1);
    const { index, before, after } = change;
    if (!this.#apply({ index, before: after, after: before })) this.#done = this.#undone = [];
    else this.#undone = [...this.#undone, change];
  }

  #redo(): void {
    const change = this.#undone.at(-1);
    if (!change) return;
    this.#undone = this.#undone.slice(0, -1);
    if (!this.#apply(change)) this.#done = this.#undone = [];
    else this.#done = [...this.#done, change];
  }

  /** @returns false if the transcript is another by now */
  #apply({ index, before, after }: Change): boolean {
    const { utterances } = this.#port.transcript();
    const found = before && utterances.findIndex(({ id, text }) => id === before.id && text === before.text);
    if (found === -1) return false;
    // A removed utterance belongs after the one before it.
    this.#port.editTranscript((transcript) =>
      replaced(transcript, found ?? Math.min(index, utterances.length), before, after),
    );
    return true;
  }

  /** Undefined while words may still join the utterance. */
  #passageOf(paragraph: Element): Passage | undefined {
    const spans = paragraph.querySelectorAll(WORD);
    const word = spans[0] && this.#port.wordOf(spans[0]);
    if (!word || this.#host.matches(':disabled')) return undefined;
    const { utterances } = this.#port.transcript();
    const isSame = (other: Word): boolean => other.start === word.start && other.text === word.text;
    const utterance =
      utterances.findLast(({ words }) => words.includes(word)) ??
      utterances.findLast(({ words }) => words.some(isSame));
    if (!utterance?.isFinal) return undefined;
    const { id, words } = utterance;
    const first = words.includes(word) ? words.indexOf(word) : words.findIndex(isSame);
    return { id, first, words: words.slice(first, first + spans.length) };
  }
}

/** The keyCode of keys handled by an input method. */
const COMPOSITION_KEY_CODE = 229;

/** Safari fires the key that ends a composition after `compositionend`, with `isComposing` false and this deprecated code. */
function isOfComposition(event: KeyboardEvent): boolean {
  const { keyCode }: { readonly keyCode: number } = event;
  return event.isComposing || keyCode === COMPOSITION_KEY_CODE;
}

/** Where the word that `target` shows is in the text of `line`; without one its start. */
function selectionFor(line: HTMLElement, target: Element): readonly [number, number] {
  const spans = [...line.querySelectorAll(WORD)];
  const at = spans.findIndex((span) => span === target);
  if (at < 0) return [0, 0];
  const from = spans.slice(0, at).reduce((sum, { textContent }) => sum + textContent.length + 1, 0);
  return [from, from + target.textContent.length];
}

function withWords(utterance: Utterance, words: readonly Word[]): Utterance {
  const [start, end] = [words[0]?.start ?? utterance.start, words.at(-1)?.end ?? utterance.end];
  return { ...utterance, words, text: words.map(({ text }) => text).join(' '), start, end };
}

/** The indices of later words and the ids of later utterances stay. */
function replaced(
  { utterances, interim, forgotten }: Transcript,
  index: number,
  before: Utterance | undefined,
  after: Utterance | undefined,
): Transcript {
  const removed = before ? 1 : 0;
  const added = after ? [after] : [];
  return {
    utterances: [...utterances.slice(0, index), ...added, ...utterances.slice(index + removed)],
    interim,
    forgotten: {
      utterances: forgotten.utterances + removed - added.length,
      words: forgotten.words + (before?.words.length ?? 0) - (after?.words.length ?? 0),
    },
  };
}
