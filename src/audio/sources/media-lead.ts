/** How far `currentTime` of a media element runs ahead of its sound. */

/**
 * WebKitGTK sets `currentTime` forward by a second when an element begins to play, while its sound goes on at its pace, and
 * fires `ended` that much before the sound is over. A time that passes faster than it can is such a lead; others have none.
 */
export class MediaLead {
  /** Where the media stood, and when it began to go on from there. Seconds. */
  #from: { readonly media: number; readonly at: number } | undefined;
  #standing = 0;
  #lead = 0;

  /** Seconds; the most since the element was last sought in. */
  get seconds(): number {
    return this.#lead;
  }

  /** The media stands at `media`. */
  stands(media: number): void {
    this.#standing = media;
    this.#from = undefined;
  }

  /** A seek moves it to `media`, or it gets other media. */
  sought(media: number): void {
    this.stands(media);
    this.#lead = 0;
  }

  /** It goes on from where it stood. @param at seconds of any clock */
  plays(at: number): void {
    this.#from = { media: this.#standing, at };
  }

  /** It is said to be at `media`. */
  look(media: number, at: number, rate: number): void {
    if (!this.#from) return;
    this.#lead = Math.max(this.#lead, media - this.#from.media - (at - this.#from.at) * rate);
  }
}

/** Follows an element's clock until `signal` aborts. */
export function watchLead(element: HTMLMediaElement, signal: AbortSignal): MediaLead {
  const lead = new MediaLead();
  const now = (): number => performance.now() / 1000;
  const on = (types: readonly string[], handle: () => void): void => {
    for (const type of types) element.addEventListener(type, handle, { signal });
  };
  const look = (): void => lead.look(element.currentTime, now(), element.playbackRate);
  const stand = (): void => {
    look();
    lead.stands(element.currentTime);
  };
  const play = (): void => lead.plays(now());
  stand();
  if (!element.paused) play();
  on(['pause', 'waiting'], stand);
  on(['seeking', 'emptied'], () => lead.sought(element.currentTime));
  on(['playing'], play);
  on(['seeked'], () => {
    if (!element.paused) play();
  });
  on(['ratechange'], () => {
    stand();
    if (!element.paused) play();
  });
  on(['timeupdate', 'ended'], look);
  return lead;
}
