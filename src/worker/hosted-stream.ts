/** One stream in the worker: connects its source's port to its session. */
import { SttError } from '../errors.js';
import { dispatch, type Handlers } from '../protocol/dispatch.js';
import type { AudioMessage, AudioReply, TurnChoice, WorkerMessage } from '../protocol/messages.js';
import type { SessionEvent } from '../protocol/stream-events.js';
import type { HostedEngine, HostedSession } from './engine-pool.js';

export class HostedStream {
  readonly #id: number;
  readonly #audio: MessagePort;
  readonly #post: (message: WorkerMessage) => void;
  readonly #over: () => void;
  readonly #session: HostedSession;
  #open = true;
  #soundEnded = false;
  #finishAsked = false;

  readonly #messages: Handlers<AudioMessage> = {
    frame: ({ pcm }) => this.#session.push(pcm),
    end: () => {
      this.#soundEnded = true;
      this.#maybeFinish();
    },
  };

  /**
   * @param audio the source's port; started here, so nothing sent before is lost
   * @param post sends to the page
   * @param over called once, after the last event of the stream
   * @param turns the page's choice
   * @throws what `engine.open` throws, as when no memory is left
   */
  constructor(
    id: number,
    engine: HostedEngine,
    audio: MessagePort,
    post: (message: WorkerMessage) => void,
    over: () => void,
    turns?: TurnChoice,
  ) {
    this.#id = id;
    this.#audio = audio;
    this.#post = post;
    this.#over = over;
    this.#session = engine.open((event) => this.#emit(event), turns);
    audio.onmessage = ({ data }: MessageEvent<AudioMessage>) => this.#receive(data);
  }

  /** Finishes once the source has sent `end`, which arrives on another port. */
  finish(): void {
    this.#finishAsked = true;
    this.#maybeFinish();
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
      this.#fail(SttError.from(cause, 'The sound could not be taken'));
    }
  }

  #maybeFinish(): void {
    if (!this.#soundEnded || !this.#finishAsked) return;
    // A session reports its failures as an event, which closes this stream; an aborted one is closed already.
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
