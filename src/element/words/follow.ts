/** Keeps the newest words in view, unless the visitor has scrolled back to read. */

/** How near the end counts as reading along, px. */
const NEAR = 40;

export class Follow {
  readonly #box: HTMLElement;
  readonly #changed: () => void;
  readonly #events = new AbortController();
  readonly #observer: ResizeObserver;
  #top = 0;
  #follows = true;

  /**
   * @param box the one that scrolls
   * @param changed called when `follows` does
   */
  constructor(box: HTMLElement, changed: () => void) {
    this.#box = box;
    this.#changed = changed;
    box.addEventListener('scroll', this.#onScroll, { signal: this.#events.signal, passive: true });
    this.#observer = new ResizeObserver(() => this.keepUp());
    this.#observer.observe(box);
  }

  /** Whether new words come into view by themselves. */
  get follows(): boolean {
    return this.#follows;
  }

  close(): void {
    this.#observer.disconnect();
    this.#events.abort();
  }

  /** To be called after words came. */
  keepUp(): void {
    if (!this.#follows) return;
    this.#box.scrollTop = this.#box.scrollHeight;
    this.#top = this.#box.scrollTop;
  }

  /** Back to the newest words. */
  toLatest(): void {
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.#set(true);
    this.#box.scrollTo({ top: this.#box.scrollHeight, behavior: calm ? 'auto' : 'smooth' });
  }

  /** Only a move up stops following: on the way down to the end nothing changes. */
  readonly #onScroll = (): void => {
    const { scrollHeight, scrollTop, clientHeight } = this.#box;
    const near = scrollHeight - scrollTop - clientHeight < NEAR;
    this.#set(near || (this.#follows && scrollTop >= this.#top));
    this.#top = scrollTop;
  };

  #set(follows: boolean): void {
    if (follows === this.#follows) return;
    this.#follows = follows;
    this.#changed();
  }
}
