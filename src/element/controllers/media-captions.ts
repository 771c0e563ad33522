/** Captions of one media element: the words of its streams, as cues and as a transcript, each place of the media once. */
import { EMPTY_TRANSCRIPT, type Transcript, type Utterance, type Word } from '../../client/transcript.js';
import type { StreamEvent, WireWord } from '../../protocol/stream-events.js';
import type { CueWord } from '../../text/cues.js';
import { CaptionTrack, type CueDetail } from '../media/caption-track.js';
import { MediaClock } from '../media/media-clock.js';
import { identityOf, isSameMedia, type MediaIdentity } from '../media/media-identity.js';
import { StreamClock } from '../media/stream-clock.js';

export interface MediaCaptionsOptions {
  /** Name of a new track in the player's menu. */
  readonly label: string;
  readonly mode: TextTrackMode;
  readonly cue: (cue: CueDetail) => void;
  /** The media started or stopped to play. */
  readonly changed?: () => void;
}

/** A media element cannot lose a track, so it gets one for its life, even if another element listens later. */
interface Captioned {
  readonly track: CaptionTrack;
  /** Whose words become cues, while several elements listen at once. */
  writer: MediaCaptions | undefined;
  /** The captions that the next listener continues. */
  readonly main: MediaCaptions;
}

const all = new WeakMap<HTMLMediaElement, Captioned>();

/** The last second of a pass: a word in it may have been cut off by the jump, so only those that were emitted are covered. */
const TAIL = 1;
/** Two words of the same audio begin at most this far apart in two passes, seconds. */
const SAME_WORD = 0.3;

/** What a stream continues, and how its events are changed for that. */
export interface Continuation {
  readonly transcript: Transcript;
  readonly filter: (event: StreamEvent) => readonly StreamEvent[];
}

/**
 * Lasts for any number of streams, whose clocks follow each other. Audio that was transcribed before, as after a seek
 * backwards or in an earlier stream, is not transcribed again. Another media in the element removes the cues.
 */
export class MediaCaptions {
  readonly media: HTMLMediaElement;
  readonly #captioned: Captioned;
  #options: MediaCaptionsOptions;
  #events: AbortController | undefined;
  #identity: MediaIdentity | undefined;
  /** Emptied: whether the next media is the same is not known yet. */
  #emptied = false;
  #active = false;
  readonly #clock = new MediaClock();
  #stream = new StreamClock();
  /** Where the current stream's clock starts on that of all streams, seconds. */
  #origin = 0;
  #sought = false;
  /** Id of the current utterance, and how many of its words were processed. */
  #utterance = 0;
  #processed = 0;
  /** The words of the open cue: index of the first, how many, and the pass of the media in which they were spoken. */
  #open: { first: number; count: number; pass: number } | undefined;

  #transcript = EMPTY_TRANSCRIPT;
  /** Utterances that start before it belong to another media. */
  #since = 0;
  /** Whether `#transcript` follows the current stream. */
  #follows = false;
  /** Where the transcribed words start and end in the media, seconds. */
  #said: { readonly start: number; end: number }[] = [];
  /** The index of a word in the transcript by its index in the stream, until its end is known. */
  readonly #indices = new Map<number, number>();
  #count = 0;
  #lastPass = -1;
  /** Whether the word that starts there was transcribed before; decided once, so that a word does not vanish while it grows. */
  #decided: { readonly start: number; readonly repeated: boolean } | undefined;

  constructor(media: HTMLMediaElement, options: MediaCaptionsOptions) {
    this.media = media;
    this.#options = options;
    const track = (): CaptionTrack => new CaptionTrack(media, options.label);
    this.#captioned = all.get(media) ?? { track: track(), writer: undefined, main: this };
    all.set(media, this.#captioned);
  }

  /** The captions of `media` that a new stream continues; others if an element listens to it already. */
  static of(media: HTMLMediaElement, options: MediaCaptionsOptions, own: MediaCaptions | undefined): MediaCaptions {
    const main = all.get(media)?.main;
    const isFree = (one: MediaCaptions | undefined): one is MediaCaptions =>
      one !== undefined && (!one.#active || one.#options.cue === options.cue);
    const found = [main, own].find(isFree);
    if (!found) return new MediaCaptions(media, options);
    found.#options = options;
    return found;
  }

  /** Whether `cue` is that of the last listener: another element may have continued these captions. */
  belongsTo(cue: MediaCaptionsOptions['cue']): boolean {
    return this.#options.cue === cue;
  }

  get textTrack(): TextTrack {
    return this.#captioned.track.track;
  }

  /** The words of every cue, in the media's time and order. */
  get spoken(): (readonly CueWord[])[] {
    return this.#captioned.track.spoken;
  }

  /** Whether a stream listens to media that does not play. */
  get waits(): boolean {
    return this.#active && this.media.paused;
  }

  /** A new stream starts. */
  begin(): void {
    this.#unwatch();
    this.#captioned.track.mode = this.#options.mode;
    this.#watch();
    const isNew = this.#clock.passes.length === 0;
    if (isNew) this.#forget();
    this.#origin = isNew
      ? 0
      : Math.max(this.#origin + this.#stream.seconds, this.#transcript.utterances.at(-1)?.end ?? 0);
    this.#stream = new StreamClock();
    this.#clock.break();
    this.#utterance = this.#processed = 0;
    this.#follows = false;
    this.#active = true;
    this.#write();
  }

  /** The transcript that the stream continues: that of the same media so far. Called once for a stream, after `begin`. */
  continuation(): Continuation {
    const { utterances, forgotten } = this.#transcript;
    const kept = this.#clock.passes.length === 0 ? [] : utterances.filter(({ start }) => start >= this.#since);
    const gone = utterances.slice(0, utterances.length - kept.length);
    const words = forgotten.words + gone.reduce((sum, each) => sum + each.words.length, 0);
    const transcript: Transcript =
      kept.length === 0
        ? EMPTY_TRANSCRIPT
        : {
            utterances: kept,
            interim: undefined,
            forgotten: { utterances: forgotten.utterances + gone.length, words },
          };
    this.#count = transcript.forgotten.words + kept.reduce((sum, each) => sum + each.words.length, 0);
    this.#indices.clear();
    this.#decided = undefined;
    this.#lastPass = -1;
    const last = kept[kept.length - 1];
    [this.#utterance, this.#processed] = [last?.id ?? 0, last?.words.length ?? 0];
    this.#transcript = transcript;
    this.#follows = true;
    return { transcript, filter: (event) => this.#filter(event) };
  }

  /** Keeps the transcript of the current stream for the next one. */
  keep(transcript: Transcript): void {
    if (this.#follows) this.#transcript = transcript;
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

  /** Seconds of the media for seconds of the stream; undefined before audio has flowed, and for another media. */
  toMedia(stream: number): number | undefined {
    return this.#clock.toMedia(stream)?.time;
  }

  /** Adds the new words of `utterance`. */
  update(utterance: Utterance): void {
    if (utterance.id !== this.#utterance) {
      this.#close();
      [this.#utterance, this.#processed] = [utterance.id, 0];
    }
    const writes = this.#write();
    for (; this.#processed < utterance.words.length; this.#processed++)
      if (writes) this.#add(utterance, this.#processed);
    this.#show(utterance, utterance.isFinal);
    if (utterance.isFinal) this.#close();
  }

  /** Changes the cues of an utterance that the visitor has edited. */
  revise(before: Utterance, after: Utterance): void {
    const [old, now] = [before, after].map(({ words }) => words.map((word) => this.#inMedia(word))) as [
      CueWord[],
      CueWord[],
    ];
    this.#captioned.track.revise(old, now);
  }

  /** Removes all cues, and forgets the transcript: what is played again is transcribed again. */
  clear(): void {
    this.#open = undefined;
    this.#captioned.track.clear();
    this.#forget();
  }

  /** The stream ended. @param complete whether all its audio was transcribed */
  end(complete: boolean): void {
    if (!this.#active) return;
    this.#active = false;
    const isSaid = this.#lastPass === this.#clock.passes.length - 1;
    if (!complete) this.#clock.truncate((isSaid ? this.#said[this.#said.length - 1]?.end : undefined) ?? 0);
    if (this.#captioned.writer === this) this.#captioned.writer = undefined;
  }

  /** Stops following the media. The track stays: a media element cannot lose one. */
  release(): void {
    this.#unwatch();
    // The media may outlive the element that listened.
    this.#options = { label: '', mode: this.#options.mode, cue: () => undefined };
  }

  /** Whether the stream's words become cues: those of one stream at a time do. */
  #write(): boolean {
    if (!this.#active) return this.#captioned.writer === undefined;
    this.#captioned.writer ??= this;
    if (this.#captioned.writer !== this) return false;
    this.#captioned.track.oncue = this.#options.cue;
    return true;
  }

  /** Drops what was transcribed before, and moves times to the clock of all streams. */
  #filter(event: StreamEvent): readonly StreamEvent[] {
    const origin = this.#origin;
    switch (event.type) {
      case 'partial':
        return this.#isRepeated(event.start + origin) ? [] : [{ ...event, start: event.start + origin }];
      case 'word':
        return this.#filterWord({ ...event.word, start: event.word.start + origin, end: event.word.end + origin });
      case 'word-end': {
        const index = this.#indices.get(event.index);
        this.#indices.delete(event.index);
        if (index === undefined) return [];
        const end = event.end + origin;
        const last = this.#said[this.#said.length - 1];
        if (last && index === this.#count - 1) last.end = Math.max(last.start, this.toMedia(end) ?? last.end);
        return [{ ...event, index, end }];
      }
      case 'turn':
        return [{ ...event, time: event.time + origin }];
      case 'recovery':
        return [{ ...event, since: event.since + origin }];
      default:
        return [event];
    }
  }

  #filterWord(word: WireWord): StreamEvent[] {
    const place = this.#clock.toMedia(word.start);
    if (this.#isRepeated(word.start)) return [];
    this.#decided = undefined;
    const index = this.#count++;
    this.#indices.set(word.index, index);
    if (place) this.#said.push({ start: place.time, end: this.toMedia(word.end) ?? place.time });
    const pass = place?.pass ?? -1;
    const jumped = this.#lastPass >= 0 && pass !== this.#lastPass;
    this.#lastPass = pass;
    // An utterance does not span a jump of the media.
    return [...(jumped ? [{ type: 'final' } as const] : []), { type: 'word', word: { ...word, index } }];
  }

  /** Whether the word that starts at `start` on the stream's clock was transcribed before. */
  #isRepeated(start: number): boolean {
    if (this.#decided?.start === start) return this.#decided.repeated;
    const place = this.#clock.toMedia(start);
    const repeated = place !== undefined && this.#wasSaid(place.time, place.pass);
    this.#decided = { start, repeated };
    return repeated;
  }

  #wasSaid(time: number, pass: number): boolean {
    if (this.#clock.coveredBefore(time, pass, TAIL)) return true;
    return (
      this.#clock.coveredBefore(time, pass, 0) &&
      this.#said.some(({ start, end }) => Math.abs(start - time) < SAME_WORD || (start <= time && time < end))
    );
  }

  #unwatch(): void {
    this.end(false);
    this.#close();
    if (this.#captioned.writer === undefined) {
      this.#captioned.track.settle();
      this.#captioned.track.oncue = null;
    }
    this.#events?.abort();
    this.#events = undefined;
  }

  #watch(): void {
    const { media } = this;
    this.#events = new AbortController();
    const { signal } = this.#events;
    for (const type of [
      'play',
      'playing',
      'pause',
      'waiting',
      'seeking',
      'seeked',
      'ratechange',
      'timeupdate',
      'ended',
    ])
      media.addEventListener(type, () => this.#sample(), { signal });
    for (const type of ['play', 'pause', 'emptied'])
      media.addEventListener(type, () => this.#options.changed?.(), { signal });
    media.addEventListener('seeking', () => (this.#sought = true), { signal });
    media.addEventListener('emptied', () => this.#empty(), { signal });
    for (const type of ['loadstart', 'loadedmetadata', 'durationchange'])
      media.addEventListener(type, () => this.#identify(), { signal });
    this.#identify();
  }

  #empty(): void {
    this.#close();
    this.#clock.break();
    this.#emptied = true;
  }

  /** Keeps the captions if the media is still the same, also if it was emptied and loaded again. */
  #identify(): void {
    const now = identityOf(this.media);
    const before = (this.#identity ??= now);
    // A stream that is attached again starts its clock again.
    const same = before === now || (this.#emptied && now.stream ? false : isSameMedia(before, now));
    this.#emptied = same === undefined;
    if (same === undefined) return;
    this.#identity = now;
    if (same) return;
    this.#close();
    this.#captioned.track.clear();
    this.#forget(this.#origin + this.#stream.seconds);
  }

  #forget(from?: number): void {
    this.#clock.forget(from);
    this.#since = from ?? 0;
    this.#said = [];
  }

  /** Compares the stream's clock with the media's. */
  #sample(now = performance.now()): void {
    const { currentTime, paused, seeking, ended, playbackRate, readyState } = this.media;
    const stands = paused || seeking || ended || readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
    this.#captioned.track.keepTime();
    // During a seek the old audio may still play; `seeked` follows.
    if (seeking || this.#emptied || !this.#active) return;
    const sought = this.#sought;
    this.#sought = false;
    const at = this.#origin + this.#stream.at(now);
    if (this.#clock.sample(at, currentTime, stands ? 0 : playbackRate, sought)) this.#captioned.track.settle();
  }

  /** Adds a word to the open cue or to a new one. */
  #add(utterance: Utterance, index: number): void {
    const word = utterance.words[index];
    const place = word && this.#clock.toMedia(word.start);
    if (this.#open && this.#open.pass !== place?.pass) {
      this.#show(utterance, true);
      this.#close();
    }
    if (!place) return;
    this.#open ??= { first: index, count: 0, pass: place.pass };
    this.#open.count++;
  }

  #show(utterance: Utterance, closed: boolean): void {
    const open = this.#open;
    if (!open || open.count === 0) return;
    const said = utterance.words.slice(open.first, open.first + open.count);
    const words = said.map((word) => this.#inMedia(word));
    const live = open.pass === this.#clock.passes.length - 1;
    const done = this.#captioned.track.show(words, closed, live);
    open.first += done;
    open.count -= done;
  }

  /** A word in the media's time. */
  #inMedia({ text, start, end }: Word): Required<CueWord> {
    const { duration } = this.media;
    const last = duration > 0 ? duration : Infinity;
    const from = Math.min(this.toMedia(start) ?? start, last);
    return { text, start: from, end: Math.max(from, Math.min(this.toMedia(end) ?? from, last)) };
  }

  #close(): void {
    this.#open = undefined;
    if (this.#captioned.writer === this || this.#captioned.writer === undefined) this.#captioned.track.close();
  }
}
