/** Keeps the newest line in view, unless the visitor has scrolled back to read. */
import type { ReactiveController, ReactiveElement } from 'lit';

/** How near the end counts as reading along. */
const NEAR_PX = 40;

export class Follow implements ReactiveController {
  readonly #element: ReactiveElement;
  readonly #selector: string;
  #follows = true;

  /** @param selector of the scrolling box in the element's shadow root */
  constructor(element: ReactiveElement, selector: string) {
    this.#element = element;
    this.#selector = selector;
    element.addController(this);
  }

  hostUpdate(): void {
    const box = this.#box();
    if (box) this.#follows = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
  }

  hostUpdated(): void {
    const box = this.#box();
    if (box && this.#follows) box.scrollTop = box.scrollHeight;
  }

  #box(): Element | null {
    return this.#element.shadowRoot?.querySelector(this.#selector) ?? null;
  }
}
