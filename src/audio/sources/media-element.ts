/** The input for an <audio> or <video> element, which stays audible. */
import { SttError } from '../../errors.js';
import { canCapture, captureElement, streamOf, type ElementCapture } from './element-capture.js';
import type { GraphInput, InputEvents } from './graph-input.js';
import { watchLead, type MediaLead } from './media-lead.js';
import { reroute } from './rerouted-element.js';
import { whenRunning, type ContextLease } from './shared-context.js';
import { TrackMixer } from './track-mixer.js';

/** Audio still buffered in the decoder and the graph when the element fires `ended`; less would cut off the last word. */
const TAIL_MS = 250;
/** The most by which an element's `ended` can precede its audio. */
const MOST_LEAD_MS = 2_000;

/**
 * The audio that a media element plays, including its pauses and seeks; ends when the media does.
 *
 * Where the element plays a MediaStream (a call, a camera), the stream's own tracks are read, and never stopped: in Chromium
 * a capture of such an element has tracks over the same components, and stopping those ends the call for everyone.
 *
 * `captureStream` is used where it exists (Chromium, Firefox 149 and later): it captures an element that is muted or turned
 * down, does not change the element's output and can be undone. Elsewhere (Safari; older Firefox, whose prefixed version
 * silences the element) the audio is rerouted through the page's context to the speakers, once per element. A muted
 * element is audible to WebKit's graph, but not to Firefox's.
 *
 * Media from another origin without CORS is silent to Web Audio, and rerouting would silence it for the visitor, too, so
 * it is rejected with 'invalid-argument'.
 */
export class MediaElementInput implements GraphInput {
  readonly kind = 'media-element';
  readonly #element: HTMLMediaElement;
  readonly #released = new AbortController();
  #mixer: TrackMixer | null = null;
  #capture: ElementCapture | null = null;
  #undo: (() => void) | null = null;
  #lead: MediaLead | null = null;
  /** Closed while an element with a MediaStream is paused: the stream itself goes on. */
  #gate: GainNode | null = null;

  constructor(element: HTMLMediaElement) {
    this.#element = element;
  }

  /**
   * Reroutes the element immediately where there is no capture: what WebKitGTK has decoded before, up to a second, never
   * reaches the graph. Waits for a running context, because a suspended one would silence the element.
   */
  acquire(_signal: AbortSignal, lease: ContextLease): void {
    const error = this.#corsError();
    if (error) throw error;
    this.#lead = watchLead(this.#element, this.#released.signal);
    if (canCapture(this.#element) || streamOf(this.#element)) return;
    whenRunning(lease.context, this.#released.signal, () => {
      try {
        reroute(this.#element, lease);
      } catch {
        // `connect` runs into the same error and reports it.
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
    const failure = this.#mediaError();
    if (failure) throw failure; // it has failed before, and fires no more events
    // A failed <source> fires its own `error`, which does not bubble; after the last one nothing is left to play.
    const check = (): void => {
      const error = this.#mediaError();
      if (error && !signal.aborted) events.broken(error);
    };
    const failed = (): void => void setTimeout(check);
    this.#element.addEventListener('error', failed, { signal, capture: true });
    listen('loadedmetadata', () => {
      const error = this.#corsError(); // the element's media may have changed
      if (error) events.broken(error);
    });
    this.#gate = lease.context.createGain();
    this.#mixer = new TrackMixer(lease.context, new MediaStream(), () => undefined);
    this.#mixer.output.connect(this.#gate);
    for (const type of ['play', 'playing', 'pause']) listen(type, () => this.#setGate());
    // The page may set another `src` or `srcObject`.
    listen('loadstart', () => {
      try {
        this.#attach(lease);
      } catch (cause) {
        events.broken(this.#captureError(cause));
      }
    });
    try {
      this.#attach(lease);
    } catch (cause) {
      throw this.#captureError(cause);
    }
    return this.#gate;
  }

  release(): void {
    this.#released.abort();
    this.#mixer?.close();
    this.#detach();
    this.#gate?.disconnect();
    this.#mixer = this.#gate = null;
  }

  /** Connects what the element plays: a stream's own tracks, a capture, or the rerouted element. */
  #attach(lease: ContextLease): void {
    const stream = streamOf(this.#element);
    if (stream) {
      // Before Chromium adds the stream's tracks to the capture of the previous `src`.
      this.#detach();
      this.#mixer?.follow(stream);
    } else {
      // Tracks are replaced when the element's `src` changes; only its `ended` event ends the source.
      this.#capture ??= this.#openCapture();
      if (this.#capture) this.#mixer?.follow(this.#capture.stream);
      else this.#undo ??= this.#reroute(lease);
    }
    this.#setGate();
  }

  #detach(): void {
    this.#capture?.release();
    this.#undo?.();
    this.#capture = this.#undo = null;
  }

  #setGate(): void {
    if (this.#gate) this.#gate.gain.value = streamOf(this.#element) && this.#element.paused ? 0 : 1;
  }

  #openCapture(): ElementCapture | null {
    const capture = captureElement(this.#element);
    if (capture) capture.onrenewed = (stream) => this.#mixer?.follow(stream);
    return capture;
  }

  /** Protected media, or an element that already feeds another AudioContext of the page. */
  #captureError(cause: unknown): SttError {
    const what = `<${this.#element.localName}> does not allow its audio to be captured`;
    return SttError.from(cause, what, 'invalid-argument');
  }

  #corsError(): SttError | null {
    const { currentSrc, src, crossOrigin, localName } = this.#element;
    if (streamOf(this.#element)) return null;
    const url = currentSrc || src; // currentSrc is set a little later than src
    if (!url || crossOrigin !== null) return null;
    const { protocol, origin } = new URL(url, this.#element.baseURI);
    if (!/^https?:$/.test(protocol) || origin === location.origin) return null;
    const what = `<${localName}> plays ${url} from another origin without CORS`;
    const needs = 'it needs the crossorigin attribute, and its server Access-Control-Allow-Origin';
    return new SttError('invalid-argument', `${what}: ${needs}`);
  }

  #reroute(lease: ContextLease): () => void {
    const source = reroute(this.#element, lease);
    const gate = this.#gate;
    if (gate) source.connect(gate);
    return () => {
      if (gate) source.disconnect(gate);
    };
  }

  /** Undefined while the element can play, or still may. */
  #mediaError(): SttError | undefined {
    const { error, localName, currentSrc, networkState } = this.#element;
    if (!error && (networkState !== HTMLMediaElement.NETWORK_NO_SOURCE || streamOf(this.#element))) return undefined;
    const isNetwork = error?.code === MediaError.MEDIA_ERR_NETWORK;
    const why = error ? error.message || `MediaError ${error.code}` : 'none of its sources can be played';
    return new SttError(isNetwork ? 'network' : 'audio-invalid', `<${localName}> cannot play ${currentSrc}: ${why}`, {
      fault: isNetwork ? 'not-downloaded' : 'undecodable',
    });
  }
}
