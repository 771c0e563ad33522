/** Measures how far a media element's `currentTime` runs ahead of its audio. */

/**
 * WebKitGTK advances `currentTime` by a second when an element starts to play, while the audio keeps its pace, and fires
 * `ended` that much too early. The lead is the media time elapsed beyond wall-clock time; other browsers have none.
 */
export class MediaLead {
  /** The media time and the wall-clock time at which it started to play, seconds. */
  #started: { readonly media: number; readonly at: number } | undefined;
  #position = 0;
  #lead = 0;

  /** The largest lead since the last seek, seconds. */
  get seconds(): number {
    return this.#lead;
  }

  /** Playback stopped at `media`, seconds. */
  paused(media: number): void {
    this.#position = media;
    this.#started = undefined;
  }

  /** A seek moved to `media`, or the media changed. */
  seeked(media: number): void {
    this.paused(media);
    this.#lead = 0;
  }

  /** Playback continues from the last position. @param at seconds of any clock */
  playing(at: number): void {
    this.#started = { media: this.#position, at };
  }

  /** `currentTime` is `media` at the time `at`, at this playback rate. */
  sample(media: number, at: number, rate: number): void {
    if (!this.#started) return;
    this.#lead = Math.max(this.#lead, media - this.#started.media - (at - this.#started.at) * rate);
  }
}

/** Measures the lead of `element` until `signal` aborts. */
export function watchLead(element: HTMLMediaElement, signal: AbortSignal): MediaLead {
  const lead = new MediaLead();
  const now = (): number => performance.now() / 1000;
  const on = (types: readonly string[], handle: () => void): void => {
    for (const type of types) element.addEventListener(type, handle, { signal });
  };
  const sample = (): void => lead.sample(element.currentTime, now(), element.playbackRate);
  const pause = (): void => {
    sample();
    lead.paused(element.currentTime);
  };
  const play = (): void => lead.playing(now());
  pause();
  if (!element.paused) play();
  on(['pause', 'waiting'], pause);
  on(['seeking', 'emptied'], () => lead.seeked(element.currentTime));
  on(['playing'], play);
  on(['seeked'], () => {
    if (!element.paused) play();
  });
  on(['ratechange'], () => {
    pause();
    if (!element.paused) play();
  });
  on(['timeupdate', 'ended'], sample);
  return lead;
}
