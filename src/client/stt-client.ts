/** A page's handle on the engine, usable without the element: loads a model once, then runs any number of streams. */
import { SttError } from '../errors.js';
import { dispatch } from '../protocol/dispatch.js';
import {
  PROTOCOL_VERSION,
  type Backend,
  type EngineInfo,
  type Handlers,
  type PageMessage,
  type WorkerMessage,
} from '../protocol/messages.js';
import { connect, type Connection, type Connector, type WorkerKind } from './connect.js';
import { holdLifeline, type Lifeline } from './lifeline.js';
import { EMBEDDED_MODEL, locateModel } from './model-location.js';
import { SttStream, type StreamHandlers, type StreamSource } from './stt-stream.js';

export interface ModelProgress {
  readonly phase: 'download' | 'prepare';
  /** Bytes. */
  readonly loaded: number;
  /** Bytes; 0 while unknown. */
  readonly total: number;
}

export interface SttClientOptions {
  /** `demo` (default: the tiny embedded model), the URL of a .gguf, or the URL of a folder in the official layout. */
  readonly model?: string;
  /** URL of the worker script, where it is not beside this one. Self-host it to share one engine across tabs. */
  readonly workerSrc?: string;
  /** Default `auto`: the faster one this machine has. */
  readonly backend?: Backend | 'auto';
  /** Default `auto`: shared, where it starts. */
  readonly worker?: WorkerKind | 'auto';
  /** Called while the model is fetched and prepared. */
  readonly progress?: (progress: ModelProgress) => void;
  /** The engine broke while it was in use: every stream has failed, and the next `load` starts anew. */
  readonly failed?: (error: SttError) => void;
  /** How to reach an engine; for tests, and for hosts with a worker of their own. */
  readonly connect?: Connector;
}

/** One attempt to load: everything that ends with it. */
interface Attempt {
  readonly promise: Promise<EngineInfo>;
  readonly resolve: (info: EngineInfo) => void;
  readonly reject: (error: unknown) => void;
  connection: Connection | undefined;
  lifeline: Lifeline | undefined;
}

/** Every promise rejects with an SttError, or with AbortError after `close` and `abort`. */
export class SttClient {
  readonly #options: SttClientOptions;
  readonly #streams = new Map<number, SttStream>();
  #attempt: Attempt | undefined;
  #info: EngineInfo | undefined;
  #nextStream = 0;

  constructor(options: SttClientOptions = {}) {
    this.#options = options;
  }

  /** What was loaded; undefined before `load` resolved. */
  get info(): EngineInfo | undefined {
    return this.#info;
  }

  /** The kind of thread the engine runs in, and in a sentence why; undefined before it is reached. */
  get host(): { readonly kind: WorkerKind; readonly reason: string } | undefined {
    const connection = this.#attempt?.connection;
    return connection && { kind: connection.kind, reason: connection.reason };
  }

  /** Loads the model, once: further calls share the first. After a failure the next call tries again. */
  load(): Promise<EngineInfo> {
    if (this.#attempt) return this.#attempt.promise;
    let resolve: Attempt['resolve'] = () => undefined;
    let reject: Attempt['reject'] = () => undefined;
    const promise = new Promise<EngineInfo>((onResolve, onReject) => {
      resolve = onResolve;
      reject = onReject;
    });
    const attempt: Attempt = { promise, resolve, reject, connection: undefined, lifeline: undefined };
    this.#attempt = attempt;
    this.#open(attempt).catch((cause: unknown) =>
      this.#fail(attempt, SttError.from(cause, 'The engine could not be reached')),
    );
    return promise;
  }

  /**
   * Loads if need be, then transcribes `source` until it ends, `finish` or `abort`. Rejects if the source cannot start,
   * or with AbortError if `signal` aborts before it has.
   */
  async start(source: StreamSource, handlers: StreamHandlers = {}, signal?: AbortSignal): Promise<SttStream> {
    await this.load();
    signal?.throwIfAborted();
    const post = (message: PageMessage): void => {
      this.#post(message);
      if (message.type === 'abort') this.#streams.delete(message.stream);
    };
    const stream = new SttStream(this.#nextStream++, source, handlers, post);
    this.#streams.set(stream.id, stream);
    const { port1, port2 } = new MessageChannel();
    this.#post({ type: 'listen', stream: stream.id, port: port1 }, [port1]);
    try {
      await source.start(port2, signal);
      signal?.throwIfAborted();
    } catch (cause) {
      stream.abort();
      throw isAbort(cause) ? cause : SttError.from(cause, 'The sound could not be started');
    }
    return stream;
  }

  /** Aborts every stream and gives the engine up; the worker keeps the model a while for others. `load` opens it again. */
  close(): void {
    const attempt = this.#attempt;
    if (!attempt) return;
    for (const stream of this.#streams.values()) stream.abort();
    this.#leave(attempt);
    attempt.promise.catch(() => undefined); // a load nobody waits for may be cancelled quietly
    attempt.reject(new DOMException('The client was closed.', 'AbortError'));
  }

  async #open(attempt: Attempt): Promise<void> {
    const model = locateModel(this.#options.model ?? EMBEDDED_MODEL, document.baseURI);
    const workerSrc = this.#options.workerSrc && new URL(this.#options.workerSrc, document.baseURI).href;
    const connection = await (this.#options.connect ?? connect)({ workerSrc, kind: this.#options.worker });
    attempt.connection = connection;
    attempt.lifeline = await holdLifeline();
    if (this.#attempt !== attempt) {
      this.#release(attempt);
      return;
    }
    const handlers = this.#handlers(attempt);
    connection.port.addEventListener('message', ({ data }: MessageEvent<WorkerMessage>) => {
      if (this.#attempt === attempt) dispatch(handlers, data);
    });
    connection.onfailure = (error) => this.#fail(attempt, error);
    const lock = attempt.lifeline && { lock: attempt.lifeline.name };
    this.#post({ type: 'open', version: PROTOCOL_VERSION, model, backend: this.#options.backend ?? 'auto', ...lock });
  }

  #handlers(attempt: Attempt): Handlers<WorkerMessage> {
    const toStream = (message: Exclude<WorkerMessage, { type: 'progress' | 'ready' | 'failed' }>): void => {
      this.#streams.get(message.stream)?.receive(message);
      if (message.type === 'done') this.#streams.delete(message.stream);
    };
    return {
      progress: ({ phase, loaded, total }) => this.#options.progress?.({ phase, loaded, total }),
      ready: ({ info }) => {
        this.#info = info;
        attempt.resolve(info);
      },
      failed: ({ stream, error }) => {
        if (stream === undefined) return this.#fail(attempt, SttError.fromWire(error));
        this.#streams.get(stream)?.fail(SttError.fromWire(error));
      },
      partial: toStream,
      word: toStream,
      'word-end': toStream,
      turn: toStream,
      final: toStream,
      backlog: toStream,
      done: toStream,
    };
  }

  #fail(attempt: Attempt, error: SttError): void {
    if (this.#attempt !== attempt) return this.#release(attempt);
    const streams = [...this.#streams.values()];
    const wasReady = this.#info !== undefined;
    this.#leave(attempt);
    for (const stream of streams) stream.fail(error);
    if (wasReady) this.#options.failed?.(error);
    attempt.reject(error);
  }

  #leave(attempt: Attempt): void {
    if (attempt.connection) this.#post({ type: 'close' });
    this.#streams.clear();
    this.#info = undefined;
    this.#attempt = undefined;
    this.#release(attempt);
  }

  #release(attempt: Attempt): void {
    attempt.connection?.release();
    attempt.lifeline?.release();
  }

  #post(message: PageMessage, transfer: Transferable[] = []): void {
    this.#attempt?.connection?.port.postMessage(message, transfer);
  }
}

function isAbort(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === 'AbortError';
}
