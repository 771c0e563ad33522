/** Captions of the media element that a stream listens to: one text track for each media element, kept for its life. */
import type { Transcript, Utterance } from '../../client/transcript.js';
import type { CueWord } from '../../text/cues.js';
import type { Strings } from '../strings/strings.js';
import type { KyutaiSttEventMap } from '../events.js';
import type { CueDetail } from '../media/caption-track.js';
import { MediaCaptions, type Continuation } from './media-captions.js';
import { PresenceController, type PresenceHost } from './presence-controller.js';

interface MediaCaptionsHost extends PresenceHost {
  readonly trackMode: TextTrackMode;
}

export class MediaCaptionsController {
  readonly #host: MediaCaptionsHost;
  readonly #cue: (cue: CueDetail) => void;
  readonly #all = new WeakMap<HTMLMediaElement, MediaCaptions>();
  #current: MediaCaptions | undefined;

  /** @param cue called when a caption grew or is complete */
  constructor(host: MediaCaptionsHost, cue: (cue: CueDetail) => void) {
    this.#host = host;
    this.#cue = cue;
    new PresenceController(host, () => this.#own?.release());
  }

  /** The media element of the current stream, or of the last one. */
  get media(): HTMLMediaElement | undefined {
    return this.#current?.media;
  }

  get textTrack(): TextTrack | undefined {
    return this.#current?.textTrack;
  }

  /** The words of every caption, in the media's time; undefined where no media element is listened to. */
  get spoken(): readonly (readonly CueWord[])[] | undefined {
    return this.#current?.spoken;
  }

  /** Seconds of the media for seconds of the stream; undefined where no media element is listened to. */
  toMedia(seconds: number): number | undefined {
    return this.#current?.toMedia(seconds);
  }

  /**
   * A new stream starts.
   * @param media what it listens to, if that is a media element
   * @param label the name of a new track in the player's menu
   */
  begin(media: HTMLMediaElement | undefined, label: string): void {
    const before = this.#own;
    this.#current = undefined;
    if (before?.media !== media) before?.release();
    if (!media) return;
    this.#current = MediaCaptions.of(
      media,
      { label, mode: this.#host.trackMode, cue: this.#cue, changed: () => this.#host.requestUpdate() },
      this.#all.get(media),
    );
    this.#all.set(media, this.#current);
    this.#current.begin();
  }

  /** What the stream continues, where it listens to a media element: the transcript of the same media so far. */
  continuation(): Continuation | undefined {
    return this.#own?.continuation();
  }

  /** Keeps the transcript for the next stream of the same media. */
  keep(transcript: Transcript): void {
    this.#own?.keep(transcript);
  }

  /** `strings`, with a status that asks to start playback while a stream listens to media that does not play. */
  withStatusTexts(strings: Strings): Strings {
    if (this.#own?.waits !== true) return strings;
    const { statusMediaPaused } = strings;
    return { ...strings, statusListening: statusMediaPaused, noWordsYet: statusMediaPaused };
  }

  /** Takes an event of the stream before it is dispatched, so that listeners find the cues up to date. */
  follow<K extends keyof KyutaiSttEventMap>(type: K, detail: KyutaiSttEventMap[K]['detail']): void {
    if (type === 'level') this.#own?.tick();
    if (type === 'transcript') this.#own?.update(detail as Utterance);
    if (type === 'statechange') this.#follow(detail as KyutaiSttEventMap['statechange']['detail']);
  }

  /** Changes the cues of an utterance that the visitor has edited. */
  revise(before: Utterance | undefined, after: Utterance): void {
    if (before) this.#current?.revise(before, after);
  }

  /** Removes all cues of the current track. */
  clear(): void {
    this.#current?.clear();
  }

  /** The captions, unless another element continues them. */
  get #own(): MediaCaptions | undefined {
    return this.#current?.belongsTo(this.#cue) ? this.#current : undefined;
  }

  #follow({ state, previous }: KyutaiSttEventMap['statechange']['detail']): void {
    this.#own?.rest();
    // Only a stream that ends by itself or by `stop()` is transcribed to its end.
    if (['idle', 'ready', 'failed'].includes(state)) this.#own?.end(previous === 'finishing' && state === 'ready');
  }
}
