/** Captions for what a media element plays: the stream's words, put at their places in the media. */
import type { Utterance } from '../../client/transcript.js';
import type { CueWord } from '../../text/cues.js';
import { CaptionTrack, type CueDetail } from '../media/caption-track.js';
import { MediaClock } from '../media/media-clock.js';
import { StreamClock } from '../media/stream-clock.js';

export interface MediaCaptionsOptions {
  /** The track's name in the player's menu. */
  readonly label: string;
  readonly mode: TextTrackMode;
  readonly cue: (cue: CueDetail) => void;
}

/**
 * One media element, through any number of streams. What was captioned once stays: sound heard a second time, after a
 * leap back, makes no second cue. Other media in the element begin anew.
 */
export class MediaCaptions {
  readonly media: HTMLMediaElement;
  readonly #track: CaptionTrack;
  #events: AbortController | undefined;
  /** What the element played when a stream began. */
  #source = '';
  #clock = new MediaClock();
  #stream = new StreamClock();
  #sought = false;
  /** The utterance being taken, how many of its words are, and where the open cue's words begin. */
  #utterance = 0;
  #taken = 0;
  #open: { first: number; count: number; pass: number } | undefined;

  constructor(media: HTMLMediaElement, { label, mode, cue }: MediaCaptionsOptions) {
    this.media = media;
    this.#track = new CaptionTrack(media, label, mode, cue);
  }

  get textTrack(): TextTrack {
    return this.#track.track;
  }

  /** What was heard, in the media's time and order. */
  get spoken(): (readonly CueWord[])[] {
    return this.#track.spoken;
  }

  /** A new stream listens from now. */
  begin(): void {
    this.release();
    this.#watch();
    this.#clock = new MediaClock(this.#clock.passes);
    this.#stream = new StreamClock();
    this.#utterance = this.#taken = 0;
  }

  /** Another 80 ms of sound went to the engine. @param now ms, `performance.now()` */
  tick(now = performance.now()): void {
    this.#stream.tick(now);
    this.#look(now);
  }

  /** The stream was paused, or goes on. */
  rest(): void {
    this.#stream.rest();
  }

  /** Seconds of the media for a time of the stream; undefined before sound has flowed. */
  toMedia(stream: number): number | undefined {
    return this.#clock.toMedia(stream)?.time;
  }

  hear(utterance: Utterance): void {
    if (utterance.id !== this.#utterance) {
      this.#close();
      [this.#utterance, this.#taken] = [utterance.id, 0];
    }
    for (; this.#taken < utterance.words.length; this.#taken++) this.#take(utterance, this.#taken);
    this.#show(utterance, utterance.isFinal);
    if (utterance.isFinal) this.#close();
  }

  clear(): void {
    this.#open = undefined;
    this.#track.clear();
    this.#clock = new MediaClock();
  }

  /** Leaves the track as it is: a media element keeps its tracks for good. */
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
      media.addEventListener(type, () => this.#look(), { signal });
    media.addEventListener('seeking', () => (this.#sought = true), { signal });
    media.addEventListener('emptied', () => this.clear(), { signal });
    media.addEventListener('loadedmetadata', () => (this.#source = media.currentSrc), { signal });
  }

  #look(now = performance.now()): void {
    const { currentTime, paused, seeking, ended, playbackRate, readyState } = this.media;
    const stands = paused || seeking || ended || readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
    this.#track.keepTime();
    // Where a seek is on its way, the old sound may still be heard; `seeked` tells when it is there.
    if (seeking) return;
    const sought = this.#sought;
    this.#sought = false;
    if (this.#clock.sample(this.#stream.at(now), currentTime, stands ? 0 : playbackRate, sought)) this.#track.settle();
  }

  /** A word joins the open cue, begins another, or was captioned before. */
  #take(utterance: Utterance, index: number): void {
    const word = utterance.words[index];
    const place = word && this.#clock.toMedia(word.start);
    if (!place || this.#clock.heardBefore(place.time, place.pass)) {
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
