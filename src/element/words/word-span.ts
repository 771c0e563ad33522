/** One word on the page: a part, with its confidence for the page's CSS. */
import type { Word } from '../../client/transcript.js';

/** How sure the model must be of a word that is not marked; the element's `confidenceThreshold` by default. */
export const CONFIDENCE_THRESHOLD = 0.5;

const shown = new WeakMap<EventTarget, Word>();

/** An unfinished word: for the eyes only, since it still changes. */
export function makeInterim(): HTMLElement {
  const span = document.createElement('span');
  span.setAttribute('part', 'interim');
  span.ariaHidden = 'true';
  return span;
}

/** Makes `span`, new or an interim that is finished now, show `word`. */
export function showWord(span: HTMLElement, word: Word, threshold: number): void {
  if (span.textContent !== word.text) span.textContent = word.text;
  span.ariaHidden = null;
  shown.set(span, word);
  if (word.confidence !== undefined) span.style.setProperty('--confidence', word.confidence.toFixed(2));
  markWord(span, threshold);
}

/** Sets the part `low-confidence` on a word below `threshold`. */
export function markWord(span: Element, threshold: number): void {
  const low = (shown.get(span)?.confidence ?? 1) < threshold;
  const part = low ? 'word low-confidence' : 'word';
  if (span.getAttribute('part') !== part) span.setAttribute('part', part);
}

/** The word a span shows; its `end` may be the provisional one. */
export function wordOf(target: EventTarget | null): Word | undefined {
  return target ? shown.get(target) : undefined;
}
