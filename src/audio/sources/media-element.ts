/** The sound of an <audio> or <video> element, which stays audible. */
import { SttError } from '../../errors.js';
import { canCapture, captureElement, type ElementCapture } from './element-capture.js';
import type { GraphInput, InputEvents } from './graph-input.js';
import { watchLead, type MediaLead } from './media-lead.js';
import { reroute } from './rerouted-element.js';
import { whenRunning, type ContextLease } from './shared-context.js';
import { TrackMixer } from './track-mixer.js';

/** What a decoder and a graph still hold when an element says `ended`; less would cut the last word. */
const TAIL_MS = 250;
/** The most that an element's `ended` can be ahead of its sound. */
const MOST_LEAD_MS = 2_000;

/**
 * What a media element plays; ends when the media does. Pauses and seeks are heard as they are.
 *
 * `captureStream` is used where it exists (Chromium, and Firefox from 149 on): it hears an element that is muted or turned
 * down, leaves its path to the loudspeaker alone and can be undone. Elsewhere (Safari, older Firefox, whose prefixed one
 * silences the element) the sound is rerouted through the page's context, once for each element, and on to the loudspeaker.
 * WebKit's graph hears an element that is muted, Firefox's does not.
 *
 * Media from another origin without CORS gives no sound to any page, and rerouting would silence it for the visitor as
 * well, so it is refused with 'invalid-argument'.
 */
export class MediaElementInput implements GraphInput {
  readonly kind = 'media-element';
  readonly #element: HTMLMediaElement;
  readonly #released = new AbortController();
  #mixer: TrackMixer | null = null;
  #capture: ElementCapture | null = null;
  #undo: (() => void) | null = null;
  #lead: MediaLead | null = null;

  constructor(element: HTMLMediaElement) {
    this.#element = element;
  }

  /**
   * Reroutes an element that has to be at once: what WebKitGTK decodes before, up to a second, never reaches the graph. Not
   * into a context that stands still, which would silence the element.
   */
  acquire(_signal: AbortSignal, lease: ContextLease): void {
    const error = this.#foreign();
    if (error) throw error;
    this.#lead = watchLead(this.#element, this.#released.signal);
    if (canCapture(this.#element)) return;
    whenRunning(lease.context, this.#released.signal, () => {
      try {
        reroute(this.#element, lease);
      } catch {
        // `connect` meets the same, and reports it.
      }
    });
  }

  connect(lease: ContextLease, events: InputEvents): AudioNode {
    const { signal } = this.#released;
    const listen = (type: string, handle: () => void): void => {
      this.#element.addEventListener(type, handle, { signal });
    };
    listen('ended', () => {
      const lead = Math.min((this.#lead?.seconds ?? 0) * 1_000, MOST_LEAD_MS);
      setTimeout(() => events.ended(), TAIL_MS + lead);
    });
    listen('error', () => events.broken(this.#mediaError()));
    listen('loadedmetadata', () => {
      const error = this.#foreign(); // the element may have been given other media
      if (error) events.broken(error);
    });
    try {
      this.#capture = captureElement(this.#element);
      return this.#capture ? this.#follow(lease, this.#capture) : this.#reroute(lease);
    } catch (cause) {
      // Protected media, or an element that already feeds an AudioContext of the page's own.
      throw SttError.from(cause, `<${this.#element.localName}> does not let its sound be heard`, 'invalid-argument');
    }
  }

  release(): void {
    this.#released.abort();
    this.#mixer?.close();
    this.#capture?.release();
    this.#undo?.();
    this.#mixer = this.#capture = this.#undo = null;
  }

  #foreign(): SttError | null {
    const { currentSrc, src, crossOrigin, localName } = this.#element;
    const url = currentSrc || src; // the first is set a little after the second
    if (url === '' || crossOrigin !== null) return null;
    const { protocol, origin } = new URL(url, document.baseURI);
    if (!/^https?:$/.test(protocol) || origin === location.origin) return null;
    const what = `<${localName}> plays ${url} from another origin without CORS`;
    const needs = 'it needs the crossorigin attribute, and its server Access-Control-Allow-Origin';
    return new SttError('invalid-argument', `${what}: ${needs}`);
  }

  /** Tracks come and go with the element's `src`; only its `ended` event ends the source. */
  #follow({ context }: ContextLease, capture: ElementCapture): AudioNode {
    const mixer = new TrackMixer(context, capture.stream, () => undefined);
    capture.onrenewed = (stream) => mixer.follow(stream);
    this.#mixer = mixer;
    return mixer.output;
  }

  #reroute(lease: ContextLease): AudioNode {
    const source = reroute(this.#element, lease);
    const output = lease.context.createGain();
    source.connect(output);
    this.#undo = () => source.disconnect(output);
    return output;
  }

  #mediaError(): SttError {
    const { error, localName, currentSrc } = this.#element;
    const code = error?.code === MediaError.MEDIA_ERR_NETWORK ? 'network' : 'audio-invalid';
    return new SttError(
      code,
      `<${localName}> cannot play ${currentSrc}: ${error?.message || `MediaError ${error?.code ?? 'none'}`}`,
    );
  }
}
