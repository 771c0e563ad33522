/** Renders one word as a `<span part="word">`, with its confidence as a CSS property. */
import type { Word } from '../../client/transcript.js';

/** Words with a lower confidence are marked; default of the element's `confidenceThreshold`. */
export const CONFIDENCE_THRESHOLD = 0.5;

const shown = new WeakMap<EventTarget, Word>();

/** The span of an unfinished word, hidden from screen readers because it still changes. */
export function makeInterim(): HTMLElement {
  const span = document.createElement('span');
  span.setAttribute('part', 'interim');
  span.ariaHidden = 'true';
  return span;
}

/** Shows the complete `word` in `span`, which may have shown it as unfinished before. */
export function showWord(span: HTMLElement, word: Word, threshold: number): void {
  if (span.textContent !== word.text) span.textContent = word.text;
  span.ariaHidden = null;
  shown.set(span, word);
  if (word.confidence !== undefined) span.style.setProperty('--confidence', word.confidence.toFixed(2));
  markWord(span, threshold);
}

/** Sets the part `low-confidence` if the confidence is below `threshold`. */
export function markWord(span: Element, threshold: number): void {
  const low = (shown.get(span)?.confidence ?? 1) < threshold;
  const part = low ? 'word low-confidence' : 'word';
  if (span.getAttribute('part') !== part) span.setAttribute('part', part);
}

/** The word that a span shows; its `end` may be provisional. */
export function wordOf(target: EventTarget | null): Word | undefined {
  return target ? shown.get(target) : undefined;
}
