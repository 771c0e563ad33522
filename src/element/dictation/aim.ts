/** Finds the field for dictation, and explains why it cannot be used. */
import { SttError } from '../../errors.js';
import { isCalledPlayer, isPlayer, mediaIn } from '../media/media-in.js';
import { isHtml, isTreeScope, nameOf } from '../nodes.js';
import { Editable } from './editable.js';
import type { Field } from './field.js';
import { TextControl, type TextControlElement } from './text-control.js';

/** Types of <input> whose selection scripts can read. E-mail addresses, numbers and passwords are not meant for dictation. */
const TEXT_TYPES: readonly string[] = ['text', 'search', 'url', 'tel'];

const WANTED = 'an <input> of type text, search, url or tel, a <textarea>, or a contenteditable element';

/** The element's settings that choose the field. */
export interface Aim {
  /** The element's `target`. */
  readonly target: HTMLElement | null;
  /** The element's `for`. */
  readonly id: string;
  /** The document or shadow root in which the id is looked up. */
  readonly root: Node;
}

/** The element that `target` or `for` refers to; undefined if missing, a media element or a player. May be read-only. */
export function aimedAt({ target, id, root }: Aim): HTMLElement | undefined {
  if (target) return isHtml(target) ? inner(target) : undefined;
  const found = id && isTreeScope(root) ? root.getElementById(id) : null;
  return found && isHtml(found) && !meansMedia(found) ? inner(found) : undefined;
}

/**
 * Prepares a field and focuses it. If it was not focused, the caret is placed at the end.
 *
 * @param firesBeforeInput result of `firesBeforeInput()`
 * @throws SttError `invalid-argument` if this kind of element is not supported, `field-unavailable` if it is not writable
 */
export function fieldOf(element: HTMLElement, firesBeforeInput: boolean): Field {
  if (!isField(element))
    throw new SttError('invalid-argument', `${nameOf(element)} cannot be dictated into, expected ${WANTED}`);
  const reason = refusal(element);
  if (reason) throw new SttError('field-unavailable', reason);
  const field = isTextControl(element)
    ? new TextControl(element, firesBeforeInput)
    : new Editable(element, firesBeforeInput);
  element.focus();
  return field;
}

/** Why the field is not writable at the moment; undefined if it is writable. */
export function refusal(element: HTMLElement): string | undefined {
  if (!element.isConnected) return `${nameOf(element)} is not in the document`;
  if (element.matches(':disabled')) return `${nameOf(element)} is disabled`;
  if (isTextControl(element)) return element.readOnly ? `${nameOf(element)} is read-only` : undefined;
  return element.isContentEditable ? undefined : `${nameOf(element)} is not editable`;
}

/** The accessible name of the field; empty if it has none. */
export function labelOf(element: HTMLElement): string {
  const root = element.getRootNode();
  const ids = element.getAttribute('aria-labelledby')?.split(/\s+/) ?? [];
  const named = isTreeScope(root) ? ids.map((id) => root.getElementById(id)) : [];
  const labels = isTextControl(element) ? [...(element.labels ?? [])] : [];
  const texts = [
    named.map((label) => label?.textContent ?? '').join(' '),
    element.getAttribute('aria-label'),
    labels.map((label) => textOfLabel(label)).join(' '),
    element.title,
    element.getAttribute('placeholder'),
  ];
  return texts.map((text) => text?.replace(/\s+/g, ' ').trim() ?? '').find((text) => text !== '') ?? '';
}

/** The label's text, without the text of controls inside it. */
function textOfLabel(label: HTMLLabelElement): string {
  const own = label.cloneNode(true) as HTMLLabelElement;
  for (const control of own.querySelectorAll('textarea, select, kyutai-stt')) control.remove();
  return own.textContent;
}

/** Whether `for` has what it names: a field, or media. More may appear in the element later. */
export const isResolved = (element: HTMLElement): boolean => isField(inner(element)) || mediaIn(element) !== undefined;

/**
 * Whether `for` means an element's media. A player may have text fields, such as a search, and a component for text a
 * video, so what the element is or is called decides where both are in it.
 */
function meansMedia(element: HTMLElement): boolean {
  if (isField(element)) return false;
  if (isPlayer(element)) return true;
  const hasField = isField(inner(element));
  if (isCalledPlayer(element)) return !hasField || mediaIn(element) !== undefined;
  return !hasField && mediaIn(element) !== undefined;
}

const isField = (element: HTMLElement): boolean => isTextControl(element) || element.isContentEditable;

function isTextControl(element: Element): element is TextControlElement {
  return isHtml(element, 'textarea') || (isHtml(element, 'input') && TEXT_TYPES.includes(element.type));
}

/** The field inside a custom element of a component library. */
function inner(element: HTMLElement): HTMLElement {
  if (!element.localName.includes('-') || element.isContentEditable) return element;
  const fields = 'input, textarea, [contenteditable]';
  const found = element.shadowRoot?.querySelector<HTMLElement>(fields) ?? element.querySelector<HTMLElement>(fields);
  return found ?? element;
}
