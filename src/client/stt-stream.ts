/** One stream of audio through the engine, on the page's side. */
import { SttError } from '../errors.js';
import { dispatch, type Handlers } from '../protocol/dispatch.js';
import type { PageMessage, TurnChoice } from '../protocol/messages.js';
import type { Recovery, StreamEvent, StreamMetrics, TranscriptEvent } from '../protocol/stream-events.js';
import { append, cleared, close, EMPTY_TRANSCRIPT, type Transcript, type Utterance } from './transcript.js';

/** Where the sound comes from. `createSource` makes one of a microphone, a track, a media element or a file; a page may bring its own. */
export interface StreamSource {
  /** `microphone` where the visitor sees that a device is on. */
  readonly kind?: string;
  /** Does early what `start` would do: `start` does it where this was not called. */
  prepare?(signal?: AbortSignal): Promise<void>;
  /**
   * Begins to send `AudioMessage`s on `port`; resolves once sound flows. Rejects with an SttError that says what the
   * visitor can do, or with AbortError.
   */
  start(port: MessagePort, signal?: AbortSignal): Promise<void>;
  /** Sends the last, padded frame and `end`. */
  stop(): Promise<void>;
  /** Ends at once and lets the device go; sends nothing more. */
  abort(): void;
  pause(): void;
  resume(): void;
  /** Set by the client: the audio ended by itself, and `end` is sent. */
  onended: (() => void) | null;
  /** Set by the client: the source broke. */
  onerror: ((error: SttError) => void) | null;
}

/** How long to wait for the last words after the source broke: if `end` is lost, they never arrive. */
const BROKEN_FLUSH_MS = 5_000;

/** Callbacks for the events of a stream, all optional. None is called after `ended` or `failed`. */
export interface StreamHandlers {
  /** A word joined `utterance`, or `utterance.isFinal` became true. */
  readonly transcript?: (utterance: Utterance) => void;
  /** Anything visible changed: also the unfinished word, and the exact end of a word. */
  readonly changed?: (transcript: Transcript) => void;
  /** When the speaker counts as done. */
  readonly turns?: TurnChoice;
  /** The speaker was done at `time` seconds. */
  readonly turn?: (time: number, probability: number) => void;
  /** The model went wrong and was restarted; it processes the audio from `since` seconds on again. Earlier words stay. */
  readonly recovered?: (reason: Recovery, since: number) => void;
  /** Seconds of audio that wait; 0 once caught up. */
  readonly backlog?: (seconds: number) => void;
  /** The audio ended; the last words are on their way. */
  readonly finishing?: () => void;
  /** The last word is out. */
  readonly ended?: (metrics: StreamMetrics) => void;
  /** The stream broke, also while its source was opening; what was transcribed stays. */
  readonly failed?: (error: SttError) => void;
}

/** Made by `SttClient.start`. */
export class SttStream {
  readonly id: number;
  readonly #source: StreamSource;
  readonly #handlers: StreamHandlers;
  readonly #post: (message: PageMessage) => void;
  readonly #finished: Promise<StreamMetrics>;
  #resolve: (metrics: StreamMetrics) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #transcript = EMPTY_TRANSCRIPT;
  #open = true;
  #finishing = false;
  #broken: SttError | undefined;
  #flush: ReturnType<typeof setTimeout> | undefined;
  #cause: Error | undefined;

  readonly #events: Handlers<StreamEvent> = {
    partial: (event) => this.#append(event),
    word: (event) => this.#append(event),
    'word-end': (event) => this.#append(event),
    final: (event) => this.#append(event),
    turn: ({ time, probability }) => this.#handlers.turn?.(time, probability),
    recovery: ({ reason, since }) => this.#handlers.recovered?.(reason, since),
    backlog: ({ seconds }) => this.#handlers.backlog?.(seconds),
    end: ({ metrics }) => this.#complete(metrics),
    error: ({ error }) => this.fail(SttError.fromWire(error)),
  };

  constructor(id: number, source: StreamSource, handlers: StreamHandlers, post: (message: PageMessage) => void) {
    this.id = id;
    this.#source = source;
    this.#handlers = handlers;
    this.#post = post;
    this.#finished = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // `failed` reports every failure; the promise is for callers of `finish`.
    this.#finished.catch(() => undefined);
    source.onended = () => void this.finish().catch(() => undefined);
    source.onerror = (error) => this.#breakOff(error);
  }

  /** The transcript so far. */
  get transcript(): Transcript {
    return this.#transcript;
  }

  /** False once the stream has ended, failed or been aborted. */
  get open(): boolean {
    return this.#open;
  }

  /** The SttError that broke it, or the AbortError of `abort`; undefined while it is open and after it has ended. */
  get cause(): Error | undefined {
    return this.#cause;
  }

  /** Ends the audio and waits for the last word. Rejects with the SttError that broke the stream, or AbortError after `abort`. */
  async finish(): Promise<StreamMetrics> {
    if (this.#open && !this.#finishing) {
      this.#finishing = true;
      this.#handlers.finishing?.();
      void this.#stopSound();
    }
    return this.#finished;
  }

  /** Drops what is not transcribed yet and lets the device go, at once. The words so far stay. */
  abort(): void {
    if (!this.#open) return;
    this.#post({ type: 'abort', stream: this.id });
    this.#cause = new DOMException('The stream was aborted.', 'AbortError');
    this.#end(() => this.#reject(this.#cause));
  }

  /** Sends no sound until `resume`; the stream's clock waits too. */
  pause(): void {
    if (this.#open) this.#source.pause();
  }

  resume(): void {
    if (this.#open) this.#source.resume();
  }

  /** Clears the transcript; the next word starts a new utterance. */
  clear(): void {
    this.#update(cleared(this.#transcript));
  }

  /** For `SttClient`: handles an event of this stream. Late events are dropped. */
  receive(event: StreamEvent): void {
    if (this.#open) dispatch(this.#events, event);
  }

  /** For `SttClient` and sources: the stream cannot go on. */
  fail(error: SttError): void {
    if (!this.#open) return;
    this.#post({ type: 'abort', stream: this.id });
    this.#cause = error;
    this.#end(() => {
      this.#handlers.failed?.(error);
      this.#reject(error);
    });
  }

  #complete(metrics: StreamMetrics): void {
    if (this.#broken) return this.fail(this.#broken);
    this.#end(() => {
      this.#handlers.ended?.(metrics);
      this.#resolve(metrics);
    });
  }

  /** A source posts `end` even when its device is unplugged, so the last words may still arrive. */
  #breakOff(error: SttError): void {
    if (!this.#open || this.#broken) return;
    this.#broken = error;
    this.#flush = setTimeout(() => this.fail(error), BROKEN_FLUSH_MS);
    this.finish().catch(() => undefined);
  }

  /** `finish` does not wait for it, so that a stream that fails meanwhile fails at once. */
  async #stopSound(): Promise<void> {
    try {
      await this.#source.stop();
    } catch (cause) {
      this.fail(SttError.from(cause, 'The sound did not end'));
    }
    if (this.#open) this.#post({ type: 'finish', stream: this.id });
  }

  #append(event: TranscriptEvent): void {
    const before = this.#transcript;
    this.#update(append(before, event));
    const last = this.#transcript.utterances.at(-1);
    const spoke = event.type === 'word' || (event.type === 'final' && last !== before.utterances.at(-1));
    if (spoke && last) this.#handlers.transcript?.(last);
  }

  #update(transcript: Transcript): void {
    if (transcript === this.#transcript) return;
    this.#transcript = transcript;
    this.#handlers.changed?.(transcript);
  }

  /** Closes the last utterance, stops the source, then calls `report`. Runs once per stream. */
  #end(report: () => void): void {
    const last = this.#transcript.utterances.at(-1);
    this.#update(close(this.#transcript));
    this.#open = false;
    clearTimeout(this.#flush);
    this.#source.abort();
    const closed = this.#transcript.utterances.at(-1);
    if (closed && closed !== last) this.#handlers.transcript?.(closed);
    report();
  }
}
