/** One stream of audio through the engine, as seen by the page. */
import { SttError } from '../errors.js';
import { dispatch, type Handlers } from '../protocol/dispatch.js';
import type { PageMessage, Phrase, StreamChoices } from '../protocol/messages.js';
import type { Recovery, StreamEvent, StreamMetrics, TranscriptEvent } from '../protocol/stream-events.js';
import {
  append,
  changesBetween,
  cleared,
  close,
  EMPTY_TRANSCRIPT,
  type Transcript,
  type TranscriptEdit,
  type Utterance,
} from './transcript.js';

/** A source of audio. `createSource` makes one from a microphone, track, media element or file; pages may implement others. */
export interface StreamSource {
  /** `microphone` for sources whose device shows a recording indicator. */
  readonly kind?: string;
  /** Does some of the work of `start` in advance; optional. */
  prepare?(signal?: AbortSignal): Promise<void>;
  /**
   * Starts to send `AudioMessage`s on `port`; resolves once audio flows. Rejects with an SttError whose remedy the visitor
   * can act on, or with AbortError.
   */
  start(port: MessagePort, signal?: AbortSignal): Promise<void>;
  /** Sends the last, padded frame and `end`. */
  stop(): Promise<void>;
  /** Ends at once and releases the device; sends nothing more. */
  abort(): void;
  pause(): void;
  resume(): void;
  /** Set by the client. Called when the audio has ended by itself and `end` was sent. */
  onended: (() => void) | null;
  /** Set by the client. Called when the source fails. */
  onerror: ((error: SttError) => void) | null;
}

/** How long to wait for the last words after the source fails: if `end` is lost, they never arrive. */
const BROKEN_FLUSH_MS = 5_000;

/** Options and callbacks of a stream, all optional. None is called after `ended` or `failed`. */
export interface StreamHandlers extends StreamChoices {
  /** The transcript to continue; its last utterance is final. */
  readonly continues?: Transcript;
  /** Replaces an event before it is applied, with any number of events. Each is applied before the next is read. */
  readonly filter?: (event: StreamEvent) => Iterable<StreamEvent | TranscriptEdit>;
  /** A word joined `utterance`, or `utterance.isFinal` became true; or an edit changed it, or removed it: it has no words then. */
  readonly transcript?: (utterance: Utterance) => void;
  /** The transcript changed, including the unfinished word and the exact end of a word. */
  readonly changed?: (transcript: Transcript) => void;
  /** The speaker finished at `time` seconds. */
  readonly turn?: (time: number, probability: number) => void;
  /** The model went wrong and was restarted; audio from `since` seconds on is processed again. Emitted words stay. */
  readonly recovered?: (reason: Recovery, since: number) => void;
  /** Seconds of audio that wait to be transcribed; 0 once caught up. */
  readonly backlog?: (seconds: number) => void;
  /** The audio ended; the last words are still being transcribed. */
  readonly finishing?: () => void;
  /** The stream ended after its last word. */
  readonly ended?: (metrics: StreamMetrics) => void;
  /** The stream failed, possibly before its source had started; the transcript stays. */
  readonly failed?: (error: SttError) => void;
}

/** The options of a stream for the engine. */
export function choicesOf({ turns, refreshContext, phrases = [] }: StreamChoices): StreamChoices {
  return {
    ...(turns && { turns }),
    ...(refreshContext && { refreshContext }),
    ...(phrases.length > 0 && { phrases }),
  };
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
  #transcript: Transcript;
  #open = true;
  #finishing = false;
  #broken: SttError | undefined;
  #flush: ReturnType<typeof setTimeout> | undefined;
  #cause: Error | undefined;

  readonly #events: Handlers<StreamEvent | TranscriptEdit> = {
    partial: (event) => this.#append(event),
    word: (event) => this.#append(event),
    'word-end': (event) => this.#append(event),
    final: (event) => this.#append(event),
    edit: ({ apply }) => this.#edit(apply),
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
    this.#transcript = handlers.continues ?? EMPTY_TRANSCRIPT;
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

  /** The SttError of a failed stream or the AbortError of an aborted one; undefined while open and after a regular end. */
  get cause(): Error | undefined {
    return this.#cause;
  }

  /** Ends the audio and waits for the last word. Rejects with the SttError of a failed stream, or AbortError after `abort`. */
  async finish(): Promise<StreamMetrics> {
    if (this.#open && !this.#finishing) {
      this.#finishing = true;
      this.#handlers.finishing?.();
      void this.#stopSource();
    }
    return this.#finished;
  }

  /** Ends at once: drops audio not yet transcribed and releases the device. The words so far stay. */
  abort(): void {
    if (!this.#open) return;
    this.#post({ type: 'abort', stream: this.id });
    this.#cause = new DOMException('The stream was aborted.', 'AbortError');
    this.#end(() => this.#reject(this.#cause));
  }

  /** Sends no audio until `resume`; the stream's clock stops too. */
  pause(): void {
    if (this.#open) this.#source.pause();
  }

  resume(): void {
    if (this.#open) this.#source.resume();
  }

  /** Prefers other names and terms from now on. Phrases that cannot be used end the stream with an error. */
  prefer(phrases: readonly Phrase[]): void {
    if (this.#open) this.#post({ type: 'phrases', stream: this.id, phrases });
  }

  /** Clears the transcript; the next word starts a new utterance. */
  clear(): void {
    this.#update(cleared(this.#transcript));
  }

  /** Changes final utterances, as where the visitor has corrected a word. */
  edit(apply: (transcript: Transcript) => Transcript): void {
    this.#update(apply(this.#transcript));
  }

  /** For `SttClient`: handles an event of this stream. Late events are dropped. */
  receive(event: StreamEvent): void {
    if (!this.#open) return;
    for (const each of this.#handlers.filter?.(event) ?? [event]) {
      dispatch(this.#events, each);
      if (!this.open) return; // a callback may abort the stream
    }
  }

  /** For `SttClient` and sources: ends the stream with `error`. */
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

  /** Handles a failed source. It posts `end` even if its device is unplugged, so the last words may still arrive. */
  #breakOff(error: SttError): void {
    if (!this.#open || this.#broken) return;
    this.#broken = error;
    this.#flush = setTimeout(() => this.fail(error), BROKEN_FLUSH_MS);
    this.finish().catch(() => undefined);
  }

  /** `finish` does not wait for this, so that it rejects at once if the stream fails meanwhile. */
  async #stopSource(): Promise<void> {
    try {
      await this.#source.stop();
    } catch (cause) {
      this.fail(SttError.from(cause, 'The audio source could not be stopped'));
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

  #edit(apply: (transcript: Transcript) => Transcript): void {
    const before = this.#transcript;
    this.#update(apply(before));
    for (const utterance of changesBetween(before, this.#transcript)) this.#handlers.transcript?.(utterance);
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
