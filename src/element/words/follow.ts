/** Keeps the newest words in view, unless the visitor has scrolled back to read. */

/** How near the end counts as reading along, px. */
const NEAR = 40;
/** Browsers round positions on zoomed pages, px. */
const ROUNDING = 1;
/** What moves a scroll position by hand, and how long it goes on doing so, ms. */
const INPUT = ['wheel', 'touchmove', 'keydown', 'pointerdown'];
const INPUT_MS = 500;
/** Layout that moves the position up leaves it no further from the end than this, in heights of the box. */
const LAYOUT_REACH = 2;

export class Follow {
  readonly #box: HTMLElement;
  readonly #changed: () => void;
  readonly #events = new AbortController();
  readonly #observers: readonly IntersectionObserver[];
  /** The scroll position at the last look, and the furthest one there was then, px. The latter is missing while the box is hidden. */
  #top = 0;
  #end: number | undefined;
  /** The end that was last scrolled to: where it is still the same, a render has nothing to do. */
  #reached: number | undefined;
  #follows = true;
  /** When the visitor last touched the box, in the time of `performance.now()`. */
  #inputAt = -INPUT_MS;

  /**
   * @param box the element that scrolls
   * @param last an empty element at the end of its content
   * @param changed called when `follows` changes
   */
  constructor(box: HTMLElement, last: HTMLElement, changed: () => void) {
    this.#box = box;
    this.#changed = changed;
    box.addEventListener('scroll', this.#look, { signal: this.#events.signal, passive: true });
    // The end goes out of view where the box shrinks, or its letters grow, or paragraphs turn out higher than estimated. A
    // resize observer would see some of these change twice in a frame, which browsers report as an error of the page.
    const onEnd = (_entries: unknown, observer: IntersectionObserver): void => {
      if (!this.keepUp()) return;
      // The scroll may lay out paragraphs that are higher than estimated, and move the end out of view again. An observer
      // reports only changes, so it observes once more.
      observer.unobserve(last);
      observer.observe(last);
    };
    const end = new IntersectionObserver(onEnd, { root: box, rootMargin: `0px 0px ${2 * ROUNDING}px` });
    end.observe(last);
    const shown = new IntersectionObserver(() => this.keepUp());
    shown.observe(box); // shown again, it may be scrolled to its start
    this.#observers = [end, shown];
    for (const type of INPUT) {
      const onInput = (): void => void (this.#inputAt = performance.now());
      box.addEventListener(type, onInput, { signal: this.#events.signal, passive: true });
    }
    this.#anchor();
  }

  /** Whether new words come into view by themselves. */
  get follows(): boolean {
    return this.#follows;
  }

  close(): void {
    for (const observer of this.#observers) observer.disconnect();
    this.#events.abort();
  }

  /**
   * To be called after each render.
   * @returns whether it scrolled
   */
  keepUp(): boolean {
    this.#look();
    if (!this.#follows || this.#end === this.#reached) return false;
    this.#toEnd();
    return true;
  }

  /** Back to the newest words. */
  toLatest(): void {
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.#look();
    this.#set(true);
    this.#reached = this.#end; // no render cuts the animation short
    this.#box.scrollTo({ top: this.#box.scrollHeight, behavior: calm ? 'auto' : 'smooth' });
  }

  /**
   * Notices what the visitor did since the last look: the `scroll` event comes up to a frame later, and a render in between
   * must not undo it. Only a move up stops following, and only the visitor's: see `#isMovedByLayout`. Content that grew in
   * the meantime does not make the visitor's place less near.
   */
  readonly #look = (): void => {
    const { scrollHeight, scrollTop, clientHeight } = this.#box;
    // A hidden box has no position. Some browsers restore the old one when it is shown again.
    if (clientHeight === 0) {
      this.#end = this.#reached = undefined;
      return;
    }
    const end = scrollHeight - clientHeight;
    const last = this.#end;
    const isUp = scrollTop < Math.min(end, this.#top) - ROUNDING;
    this.#top = scrollTop;
    this.#end = end;
    if (last === undefined || Math.min(end, last) - scrollTop < NEAR) {
      if (last !== undefined) this.#set(true);
    } else if (this.#follows && isUp) {
      if (this.#isMovedByLayout(end - last)) this.#toEnd();
      else this.#set(false);
    }
  };

  /**
   * Content that shrinks moves the position up to the new end, and may have grown again by the time of a look: paragraphs
   * out of view have an estimated height until they come into view. A move by a script or by a screen reader comes without
   * input; it counts as the visitor's where nothing changed its size, or where it leads further than layout does.
   * @param grown by how much the end moved since the last look, px
   */
  #isMovedByLayout(grown: number): boolean {
    const isFar = (this.#end ?? 0) - this.#top > LAYOUT_REACH * this.#box.clientHeight;
    return Math.abs(grown) > ROUNDING && !isFar && performance.now() - this.#inputAt > INPUT_MS;
  }

  #toEnd(): void {
    this.#box.scrollTop = this.#box.scrollHeight;
    this.#top = this.#box.scrollTop;
    this.#reached = this.#end;
  }

  #set(follows: boolean): void {
    if (follows === this.#follows) return;
    this.#follows = follows;
    this.#anchor();
    this.#changed();
  }

  /** Keeps the lines that are read in place. At the end the browser would move the position as only a visitor does. */
  #anchor(): void {
    this.#box.style.setProperty('overflow-anchor', this.#follows ? 'none' : 'auto');
  }
}
