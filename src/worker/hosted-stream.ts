/** Connects one stream's audio port to its session in the worker. */
import { SttError } from '../errors.js';
import { dispatch, type Handlers } from '../protocol/dispatch.js';
import type { AudioMessage, AudioReply, Phrase, StreamChoices, WorkerMessage } from '../protocol/messages.js';
import type { SessionEvent } from '../protocol/stream-events.js';
import type { HostedEngine, HostedSession } from './engine-pool.js';

export class HostedStream {
  readonly #id: number;
  readonly #audio: MessagePort;
  readonly #post: (message: WorkerMessage) => void;
  readonly #over: () => void;
  readonly #session: HostedSession;
  #open = true;
  #audioEnded = false;
  #finishRequested = false;

  readonly #messages: Handlers<AudioMessage> = {
    frame: ({ pcm }) => this.#session.push(pcm),
    end: () => {
      this.#audioEnded = true;
      this.#maybeFinish();
    },
  };

  /**
   * @param audio the source's port; started here, so that no earlier message is lost
   * @param post sends to the page
   * @param over called once, after the last event of the stream
   * @param choices the page's options for this stream
   * @throws the errors of `engine.open`, such as `out-of-memory`
   */
  constructor(
    id: number,
    engine: HostedEngine,
    audio: MessagePort,
    post: (message: WorkerMessage) => void,
    over: () => void,
    choices?: StreamChoices,
  ) {
    this.#id = id;
    this.#audio = audio;
    this.#post = post;
    this.#over = over;
    this.#session = engine.open((event) => this.#emit(event), choices);
    audio.onmessage = ({ data }: MessageEvent<AudioMessage>) => this.#receive(data);
  }

  /** Finishes once the source has sent `end`, which arrives on another port. */
  finish(): void {
    this.#finishRequested = true;
    this.#maybeFinish();
  }

  /** Prefers other phrases from now on. Phrases that cannot be used end the stream with an error. */
  prefer(phrases: readonly Phrase[]): void {
    if (!this.#open) return;
    try {
      this.#session.prefer(phrases);
    } catch (cause) {
      this.#fail(SttError.from(cause, 'The phrases could not be used'));
    }
  }

  abort(): void {
    if (!this.#open) return;
    this.#close();
    this.#session.abort();
  }

  #receive(message: AudioMessage): void {
    if (!this.#open) return;
    try {
      dispatch(this.#messages, message);
    } catch (cause) {
      this.#fail(SttError.from(cause, 'The audio could not be processed'));
    }
  }

  #maybeFinish(): void {
    if (!this.#audioEnded || !this.#finishRequested) return;
    // A session reports failures as an event, which closes this stream; an aborted stream is already closed.
    this.#session
      .finish()
      .catch((cause: unknown) => this.#fail(SttError.from(cause, 'The stream could not be finished')));
  }

  #fail(error: SttError): void {
    if (!this.#open) return;
    this.#session.abort();
    this.#emit({ type: 'error', error: error.toWire() });
  }

  #emit(event: SessionEvent): void {
    if (!this.#open) return;
    if (event.type === 'consumed') this.#audio.postMessage(event satisfies AudioReply);
    else this.#post({ type: 'stream', stream: this.#id, event });
    if (event.type === 'end' || event.type === 'error') this.#close();
  }

  #close(): void {
    this.#open = false;
    this.#audio.close();
    this.#over();
  }
}
