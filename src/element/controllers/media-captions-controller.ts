/** Captions of the media element that a stream listens to: one text track for each media element, kept across streams. */
import type { Utterance } from '../../client/transcript.js';
import type { CueWord } from '../../text/cues.js';
import type { KyutaiSttEventMap } from '../events.js';
import type { CueDetail } from '../media/caption-track.js';
import { MediaCaptions } from './media-captions.js';
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
    new PresenceController(host, () => this.#current?.release());
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
    this.#current = media && (this.#all.get(media) ?? this.#create(media, label));
    this.#current?.begin();
  }

  /** Takes an event of the stream before it is dispatched, so that listeners find the cues up to date. */
  follow<K extends keyof KyutaiSttEventMap>(type: K, detail: KyutaiSttEventMap[K]['detail']): void {
    if (type === 'level') this.#current?.tick();
    if (type === 'transcript') this.#current?.update(detail as Utterance);
    if (type === 'statechange') this.#current?.rest();
  }

  /** Removes all cues of the current track. */
  clear(): void {
    this.#current?.clear();
  }

  #create(media: HTMLMediaElement, label: string): MediaCaptions {
    const captions = new MediaCaptions(media, { label, mode: this.#host.trackMode, cue: this.#cue });
    this.#all.set(media, captions);
    return captions;
  }
}
