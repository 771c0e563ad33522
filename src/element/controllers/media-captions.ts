/** Captions of one media element: the words of its streams, as cues in the media's own time. */
import type { Utterance } from '../../client/transcript.js';
import type { CueWord } from '../../text/cues.js';
import { CaptionTrack, type CueDetail } from '../media/caption-track.js';
import { MediaClock } from '../media/media-clock.js';
import { StreamClock } from '../media/stream-clock.js';

interface MediaCaptionsOptions {
  /** Name of the track in the player's menu. */
  readonly label: string;
  readonly mode: TextTrackMode;
  readonly cue: (cue: CueDetail) => void;
}

/**
 * Lasts for any number of streams. Cues stay: audio that is played again, after a seek backwards, gets no second cue.
 * Another `src` in the media element removes them.
 */
export class MediaCaptions {
  readonly media: HTMLMediaElement;
  readonly #track: CaptionTrack;
  #events: AbortController | undefined;
  /** The media's `currentSrc` when the stream began. */
  #source = '';
  #clock = new MediaClock();
  #stream = new StreamClock();
  #sought = false;
  /** Id of the current utterance, and how many of its words were processed. */
  #utterance = 0;
  #processed = 0;
  /** The words of the open cue: index of the first, how many, and the pass of the media in which they were spoken. */
  #open: { first: number; count: number; pass: number } | undefined;

  constructor(media: HTMLMediaElement, { label, mode, cue }: MediaCaptionsOptions) {
    this.media = media;
    this.#track = new CaptionTrack(media, label, mode, cue);
  }

  get textTrack(): TextTrack {
    return this.#track.track;
  }

  /** The words of every cue, in the media's time and order. */
  get spoken(): (readonly CueWord[])[] {
    return this.#track.spoken;
  }

  /** A new stream starts. */
  begin(): void {
    this.release();
    this.#watch();
    this.#clock = new MediaClock(this.#clock.passes);
    this.#stream = new StreamClock();
    this.#utterance = this.#processed = 0;
  }

  /** Another 80 ms of audio went to the engine. @param now ms, `performance.now()` */
  tick(now = performance.now()): void {
    this.#stream.tick(now);
    this.#sample(now);
  }

  /** The stream was paused or resumed. */
  rest(): void {
    this.#stream.rest();
  }

  /** Seconds of the media for seconds of the stream; undefined before audio has flowed. */
  toMedia(stream: number): number | undefined {
    return this.#clock.toMedia(stream)?.time;
  }

  /** Adds the new words of `utterance`. */
  update(utterance: Utterance): void {
    if (utterance.id !== this.#utterance) {
      this.#close();
      [this.#utterance, this.#processed] = [utterance.id, 0];
    }
    for (; this.#processed < utterance.words.length; this.#processed++) this.#add(utterance, this.#processed);
    this.#show(utterance, utterance.isFinal);
    if (utterance.isFinal) this.#close();
  }

  /** Removes all cues. */
  clear(): void {
    this.#open = undefined;
    this.#track.clear();
    this.#clock = new MediaClock();
  }

  /** Stops following the media. The track stays: a media element cannot lose one. */
  release(): void {
    this.#close();
    this.#track.settle();
    this.#events?.abort();
  }

  #watch(): void {
    const { media } = this;
    if (this.#source !== '' && this.#source !== media.currentSrc) this.clear();
    this.#source = media.currentSrc;
    this.#events = new AbortController();
    const { signal } = this.#events;
    for (const type of ['play', 'playing', 'pause', 'waiting', 'seeking', 'seeked', 'ratechange', 'timeupdate'])
      media.addEventListener(type, () => this.#sample(), { signal });
    media.addEventListener('seeking', () => (this.#sought = true), { signal });
    media.addEventListener('emptied', () => this.clear(), { signal });
    media.addEventListener('loadedmetadata', () => (this.#source = media.currentSrc), { signal });
  }

  /** Compares the stream's clock with the media's. */
  #sample(now = performance.now()): void {
    const { currentTime, paused, seeking, ended, playbackRate, readyState } = this.media;
    const stands = paused || seeking || ended || readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
    this.#track.keepTime();
    // During a seek the old audio may still play; `seeked` follows.
    if (seeking) return;
    const sought = this.#sought;
    this.#sought = false;
    if (this.#clock.sample(this.#stream.at(now), currentTime, stands ? 0 : playbackRate, sought)) this.#track.settle();
  }

  /** Adds a word to the open cue or to a new one; skips it if its audio was captioned before. */
  #add(utterance: Utterance, index: number): void {
    const word = utterance.words[index];
    const place = word && this.#clock.toMedia(word.start);
    if (!place || this.#clock.coveredBefore(place.time, place.pass)) {
      this.#show(utterance, true);
      this.#close();
      return;
    }
    if (this.#open && this.#open.pass !== place.pass) {
      this.#show(utterance, true);
      this.#close();
    }
    this.#open ??= { first: index, count: 0, pass: place.pass };
    this.#open.count++;
  }

  #show(utterance: Utterance, closed: boolean): void {
    const open = this.#open;
    if (!open || open.count === 0) return;
    const said = utterance.words.slice(open.first, open.first + open.count);
    const words = said.map(({ text, start, end }) => {
      const from = this.toMedia(start) ?? start;
      return { text, start: from, end: Math.max(from, this.toMedia(end) ?? from) };
    });
    const live = open.pass === this.#clock.passes.length - 1;
    const done = this.#track.show(words, closed, live);
    open.first += done;
    open.count -= done;
  }

  #close(): void {
    this.#open = undefined;
    this.#track.close();
  }
}
