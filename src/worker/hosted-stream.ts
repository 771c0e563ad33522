/** One stream in the worker: its source's port on one side, its session on the other. */
import type { SessionHandlers } from '../engine/session.js';
import { SttError } from '../errors.js';
import { dispatch, type Handlers } from '../protocol/dispatch.js';
import type { AudioMessage, AudioReply, TurnChoice, WorkerMessage } from '../protocol/messages.js';
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
   * @param over called once, when nothing more will be said of the stream
   * @param turns what the page says of them
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
    this.#session = engine.open(this.#handlers(), turns);
    audio.onmessage = ({ data }: MessageEvent<AudioMessage>) => this.#receive(data);
  }

  /** The page wants the last words: they come once the source has said `end`, which travels on another port. */
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
    this.#session.finish().then(
      (metrics) => {
        if (!this.#open) return;
        this.#close();
        this.#post({ type: 'done', stream: this.#id, metrics });
      },
      // A failed session has told `failed` before; an aborted one has nothing to tell.
      (cause: unknown) => this.#fail(SttError.from(cause, 'The stream could not be finished')),
    );
  }

  #fail(error: SttError): void {
    if (!this.#open) return;
    this.#session.abort();
    this.#tell(error);
  }

  /** A session that failed has ended itself. */
  #tell(error: SttError): void {
    if (!this.#open) return;
    this.#close();
    this.#post({ type: 'failed', stream: this.#id, error: error.toWire() });
  }

  #close(): void {
    this.#open = false;
    this.#audio.close();
    this.#over();
  }

  #handlers(): SessionHandlers {
    const stream = this.#id;
    return {
      partial: (text, start) => this.#post({ type: 'partial', stream, text, start }),
      word: (word) => this.#post({ type: 'word', stream, word }),
      wordEnd: (index, end) => this.#post({ type: 'word-end', stream, index, end }),
      turn: (time, probability) => this.#post({ type: 'turn', stream, time, probability }),
      final: () => this.#post({ type: 'final', stream }),
      recovered: (reason, since) => this.#post({ type: 'recovered', stream, reason, since }),
      backlog: (seconds) => this.#post({ type: 'backlog', stream, seconds }),
      taken: (index) => {
        const reply: AudioReply = { type: 'taken', index };
        this.#audio.postMessage(reply);
      },
      failed: (error) => this.#tell(error),
    };
  }
}
