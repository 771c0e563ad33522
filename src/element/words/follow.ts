/** Keeps the newest words in view, unless the visitor has scrolled up to read. */
import { viewOf } from '../view-of.js';

/** A position this near the end counts as at the end, px. */
const NEAR = 40;
/** Tolerance for the rounding of positions on zoomed pages, px. */
const ROUNDING = 1;
/** Events by which the visitor scrolls. */
const INPUT = ['wheel', 'touchmove', 'keydown', 'pointerdown'];
/** How long after such an event a scroll still counts as the visitor's, ms. */
const INPUT_MS = 500;
/** A change of layout moves the position at most this far from the end, in heights of the box. */
const LAYOUT_REACH = 2;
/** Frames without a change of layout after which the box counts as laid out. */
const STILL_FRAMES = 2;

export class Follow {
  readonly #box: HTMLElement;
  readonly #window: ReturnType<typeof viewOf>;
  readonly #last: HTMLElement;
  readonly #changed: () => void;
  readonly #events = new AbortController();
  /** Fires when the end enters or leaves the view. */
  readonly #endObserver: IntersectionObserver;
  /** Fires when the box is shown or hidden. */
  readonly #boxObserver: IntersectionObserver;
  /** The scroll position at the last check, px. */
  #top = 0;
  /** The height of the box at the last check, px. */
  #height = 0;
  /** The maximum scroll position at the last check, px; undefined while the box is hidden. */
  #end: number | undefined;
  /** The end that was last scrolled to, px. If the end has not changed, a render need not scroll. */
  #reached: number | undefined;
  #follows = true;
  /** The next frame in which the layout is checked again. */
  #frame: number | undefined;
  /** Frames left in which the layout must not change. */
  #framesLeft = 0;
  /** `performance.now()` at the last input of the visitor. */
  #inputAt = -INPUT_MS;

  /**
   * @param box the element that scrolls
   * @param last an empty element at the end of the content of `box`
   * @param changed called when `follows` changes
   */
  constructor(box: HTMLElement, last: HTMLElement, changed: () => void) {
    this.#box = box;
    this.#window = viewOf(box);
    this.#last = last;
    this.#changed = changed;
    box.addEventListener('scroll', this.#check, { signal: this.#events.signal, passive: true });
    // The end leaves the view if the box shrinks, the font size grows, or paragraphs are higher than estimated. With a
    // ResizeObserver, some of these would change twice in one frame, which browsers report as a page error.
    const keepUp = (): void => this.keepUp();
    this.#endObserver = new this.#window.IntersectionObserver(keepUp, {
      root: box,
      rootMargin: `0px 0px ${2 * ROUNDING}px`,
    });
    this.#endObserver.observe(last);
    this.#boxObserver = new this.#window.IntersectionObserver(keepUp);
    this.#boxObserver.observe(box); // a box that is shown again may be scrolled to its start
    for (const type of INPUT) {
      const onInput = (): void => void (this.#inputAt = performance.now());
      box.addEventListener(type, onInput, { signal: this.#events.signal, passive: true });
    }
    this.#anchor();
  }

  /** Whether the box scrolls to new words. */
  get follows(): boolean {
    return this.#follows;
  }

  close(): void {
    this.#endObserver.disconnect();
    this.#boxObserver.disconnect();
    this.#events.abort();
    if (this.#frame !== undefined) this.#window.cancelAnimationFrame(this.#frame);
  }

  /** To be called after each render. */
  keepUp(): void {
    this.#check();
    if (this.#follows && this.#end !== this.#reached) this.#toEnd();
  }

  /** Scrolls back to the newest words and follows them again. */
  toLatest(): void {
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.#check();
    this.#set(true);
    this.#reached = this.#end; // so that a render does not interrupt the animation
    this.#box.scrollTo({ top: this.#box.scrollHeight, behavior: calm ? 'auto' : 'smooth' });
  }

  /**
   * Detects whether the visitor has scrolled since the last check. The `scroll` event fires up to a frame later, and a
   * render in between must not undo the scroll. Only a move up by the visitor stops following: see `#isMovedByLayout`.
   * Content added in the meantime does not count towards the distance from the end.
   */
  readonly #check = (): void => {
    const { scrollHeight, scrollTop, clientHeight } = this.#box;
    // A hidden box has no position. Some browsers restore the old one when it is shown again.
    if (clientHeight === 0) {
      this.#end = this.#reached = undefined;
      return;
    }
    const end = scrollHeight - clientHeight;
    const last = this.#end;
    const isResized = last === undefined || Math.abs(end - last) > ROUNDING || clientHeight !== this.#height;
    const isUp = scrollTop < Math.min(end, this.#top) - ROUNDING;
    this.#top = scrollTop;
    this.#height = clientHeight;
    this.#end = end;
    if (isResized) this.#checkUntilStill();
    if (last === undefined || Math.min(end, last) - scrollTop < NEAR) {
      if (last !== undefined) this.#set(true);
    } else if (this.#follows && isUp) {
      if (this.#isMovedByLayout(isResized)) this.#toEnd();
      else this.#set(false);
    }
  };

  /**
   * Whether layout, not the visitor, moved the position up. Content that shrinks moves it to the new end, and may have
   * grown again by the next check: paragraphs have an estimated height until they are in view. A scroll by a script or a
   * screen reader comes without input; it counts as the visitor's if no size
   * changed, or if it is longer than layout causes.
   * @param isResized whether the box or its content has another size than at the last check
   */
  #isMovedByLayout(isResized: boolean): boolean {
    const isFar = (this.#end ?? 0) - this.#top > LAYOUT_REACH * this.#height;
    return isResized && !isFar && performance.now() - this.#inputAt > INPUT_MS;
  }

  /**
   * Paragraphs that come into view get their real height after the observers have run, and Firefox does not run them again
   * for it. Therefore the next frames check the layout, until it has not changed for a while.
   */
  #checkUntilStill(): void {
    this.#framesLeft = STILL_FRAMES;
    this.#frame ??= this.#window.requestAnimationFrame(this.#onFrame);
  }

  readonly #onFrame = (): void => {
    this.#framesLeft--;
    this.#frame = undefined;
    this.keepUp();
    if (this.#framesLeft > 0) this.#frame ??= this.#window.requestAnimationFrame(this.#onFrame);
  };

  #toEnd(): void {
    if (this.#box.hasAttribute('data-editing')) return; // the visitor is writing in it
    this.#box.scrollTop = this.#box.scrollHeight;
    this.#top = this.#box.scrollTop;
    this.#reached = this.#end;
    // The scroll may lay out paragraphs that are higher than estimated, and so move the end out of view again. The observer
    // reports only changes, so it must be restarted.
    this.#endObserver.unobserve(this.#last);
    this.#endObserver.observe(this.#last);
  }

  #set(follows: boolean): void {
    if (follows === this.#follows) return;
    this.#follows = follows;
    this.#anchor();
    this.#changed();
  }

  /** Scroll anchoring keeps the lines being read in place. At the end it would look like a scroll by the visitor. */
  #anchor(): void {
    this.#box.style.setProperty('overflow-anchor', this.#follows ? 'none' : 'auto');
  }
}
