/** A page's handle on the engine, usable without the element: loads a model once, then runs any number of streams. */
import { GraphSource } from '../audio/sources/graph-source.js';
import { keepWorklet, type KeptWorklet } from '../audio/sources/shared-context.js';
import { SttError } from '../errors.js';
import { dispatch, type Handlers } from '../protocol/dispatch.js';
import { holdLifeline, type Lifeline } from '../protocol/lifeline.js';
import { PROTOCOL_VERSION, type PageMessage, type WorkerMessage } from '../protocol/messages.js';
import type { Backend, EngineInfo, WhenFull } from '../protocol/model.js';
import { assetUrl } from './assets.js';
import { connect, type Connection, type Connector, type WorkerKind } from './connect.js';
import { locateModel } from './model-location.js';
import { pageUrl } from './page-url.js';
import { DEFAULT_MODEL, EMBEDDED_MODEL } from './model-registry.js';
import { askToPersist } from './persist.js';
import { progressOf, type ModelProgress } from './progress.js';
import { availableQuery, workerFor } from './worker-for-speed.js';
import { choicesOf, SttStream, type StreamHandlers, type StreamSource } from './stt-stream.js';

export type { ModelProgress };

export interface SttClientOptions {
  /**
   * `stt-1b-en_fr` (default: Kyutai's model, 670 MB), `stt-2.6b-en` (English, 5.6 GB, for a large GPU), `demo` (a tiny embedded
   * model), `owner/repo[@revision]` on the hub, or the URL of a .gguf file (or its first shard), of a manifest.json, or of a
   * folder in the official layout.
   */
  readonly model?: string;
  /** URL of a mirror of the hub that uses the hub's paths. Default: the hub. */
  readonly baseUrl?: string;
  /** URL of the worker script; default: beside this script. Self-host it to share one engine across tabs. */
  readonly workerSrc?: string;
  /**
   * URL of a copy of the package's folder `dist`, which holds the worker scripts, the capture worklet and the demo model. Default:
   * they are beside this script. Needed where a bundler moves the script without them, or it runs from a `blob:`.
   */
  readonly assets?: string;
  /** Where the language model runs. Default `auto`: the GPU if it keeps up with speech, else the CPU (see `info.fallback`). */
  readonly backend?: Backend | 'auto';
  /**
   * What to do if the model does not fit into the browser's storage. `error` (default) fails with `quota`; `memory` keeps
   * the rest in memory for this visit: ask the visitor first. `info.notKept` then gives the reason.
   */
  readonly whenFull?: WhenFull;
  /**
   * Default `auto`: a SharedWorker if one can start and one thread keeps up with speech; else a dedicated worker, which has
   * several threads on a cross-origin isolated page.
   */
  readonly worker?: WorkerKind | 'auto';
  /** Called while the model is downloaded and prepared. */
  readonly progress?: (progress: ModelProgress) => void;
  /** Called if the loaded engine fails: every stream has failed, and the next `load` starts again. */
  readonly failed?: (error: SttError) => void;
  /** Connects to a worker; for tests, and for hosts that run their own. */
  readonly connect?: Connector;
}

/** One attempt to load a model, and what to clean up after it. */
interface Attempt {
  readonly promise: Promise<EngineInfo>;
  readonly resolve: (info: EngineInfo) => void;
  readonly reject: (error: unknown) => void;
  /** Resolves when the download is complete. Preparing takes a few more seconds, but the user can already speak. */
  readonly arrived: Promise<void>;
  readonly arrive: () => void;
  /** Aborted when the attempt ends, with its SttError or AbortError. */
  readonly over: AbortController;
  connection: Connection | undefined;
  lifeline: Lifeline | undefined;
  /** For live sources, once one was started or announced. */
  worklet: KeptWorklet | undefined;
  /** Resolves when the model and the worklet are loaded. */
  equipped: Promise<EngineInfo> | undefined;
  /** Messages of streams that started before the model was opened, in order; undefined afterwards. */
  outbox: (readonly [message: PageMessage, transfer: Transferable[]])[] | undefined;
}

export interface LoadOptions {
  /**
   * Whether to load what a live source needs, too (default), so that a microphone starts without a request even if the
   * network has gone. `false` saves a page that transcribes recordings only the request for `capture.worklet.js`.
   */
  readonly live?: boolean;
}

export interface StartOptions {
  /**
   * When the source starts. `downloaded` (default): once the model is downloaded, so that a microphone's indicator does not
   * show during a long download. `now`: at once. What is captured before the engine is ready is transcribed then.
   */
  readonly when?: 'downloaded' | 'now';
}

/** Loads a model and starts streams. Promises reject with an SttError, or with AbortError after `close` or `abort`. */
export class SttClient {
  readonly #options: SttClientOptions;
  readonly #streams = new Map<number, SttStream>();
  #attempt: Attempt | undefined;
  #info: EngineInfo | undefined;
  #nextStream = 0;

  constructor(options: SttClientOptions = {}) {
    this.#options = options;
  }

  /** The loaded model; undefined before `load` resolves. */
  get info(): EngineInfo | undefined {
    return this.#info;
  }

  /** The kind of worker that runs the engine, and a sentence that gives the reason; undefined until connected. */
  get host(): { readonly kind: WorkerKind; readonly reason: string } | undefined {
    const connection = this.#attempt?.connection;
    return connection && { kind: connection.kind, reason: connection.reason };
  }

  /** Loads the model. Further calls return the same promise; after a failure the next call tries again. */
  load({ live = true }: LoadOptions = {}): Promise<EngineInfo> {
    const attempt = this.#loading();
    return live ? equip(attempt, this.#options.assets) : attempt.promise;
  }

  /** Starts `load` if necessary, and resolves when the download is complete. Rejects as `load` does. */
  async arrived(): Promise<void> {
    await arrival(this.#loading());
  }

  /**
   * Loads the model if necessary, then transcribes `source` until it ends, `finish` or `abort`. The source starts once the
   * model is downloaded; speech captured while the engine is being prepared is transcribed when it is ready. Rejects with
   * an SttError if the source cannot start or the stream fails before that, or with AbortError if `signal` aborts or
   * `close` is called first; the source is then aborted.
   */
  async start(
    source: StreamSource,
    handlers: StreamHandlers = {},
    signal?: AbortSignal,
    { when = 'downloaded' }: StartOptions = {},
  ): Promise<SttStream> {
    try {
      const attempt = this.#loading();
      // While the model loads: the network may be gone afterwards. Failures are those of the source and of the load.
      if (source instanceof GraphSource) equip(attempt, this.#options.assets).catch(() => undefined);
      if (when === 'downloaded') await arrival(attempt);
      attempt.over.signal.throwIfAborted(); // `close` may have been called since `start`
      signal?.throwIfAborted();
      return await this.#listen(attempt, source, handlers, signal);
    } catch (cause) {
      source.abort();
      throw isAbort(cause) ? cause : SttError.from(cause, 'The audio could not be started');
    }
  }

  /** Pauses the model's download for all clients that share it, in every tab; `false` resumes it. Otherwise has no effect. */
  pauseDownload(paused: boolean): void {
    const connection = this.#attempt?.connection;
    if (connection) post(connection, { type: 'pause-download', paused });
  }

  /** Aborts every stream and releases the engine. The worker keeps an unused model for a minute; `load` opens it again. */
  close(): void {
    const attempt = this.#attempt;
    if (!attempt) return;
    for (const stream of this.#streams.values()) stream.abort();
    const closed = new DOMException('The client was closed.', 'AbortError');
    this.#leave(attempt, closed);
    // No unhandled rejection if no caller waits for the load.
    attempt.promise.catch(() => undefined);
    attempt.equipped?.catch(() => undefined);
    attempt.reject(closed);
  }

  #loading(): Attempt {
    if (this.#attempt) return this.#attempt;
    let resolve: Attempt['resolve'] = () => undefined;
    let reject: Attempt['reject'] = () => undefined;
    const promise = new Promise<EngineInfo>((onResolve, onReject) => {
      resolve = onResolve;
      reject = onReject;
    });
    let arrive: Attempt['arrive'] = () => undefined;
    const arrived = new Promise<void>((onArrive) => (arrive = onArrive));
    const over = new AbortController();
    const attempt: Attempt = {
      promise,
      resolve,
      reject,
      arrived,
      arrive,
      over,
      connection: undefined,
      lifeline: undefined,
      worklet: undefined,
      equipped: undefined,
      outbox: [],
    };
    this.#attempt = attempt;
    if (typeof window !== 'undefined') {
      const hidden = ({ persisted }: PageTransitionEvent): void => {
        if (persisted) this.#suspend(attempt);
      };
      window.addEventListener('pagehide', hidden, { signal: over.signal });
    }
    this.#open(attempt).catch((cause: unknown) =>
      this.#fail(attempt, SttError.from(cause, 'The engine could not be reached')),
    );
    return attempt;
  }

  async #listen(
    attempt: Attempt,
    source: StreamSource,
    handlers: StreamHandlers,
    signal: AbortSignal | undefined,
  ): Promise<SttStream> {
    const stream = new SttStream(this.#nextStream++, source, handlers, (message) => {
      send(attempt, message);
      if (message.type === 'abort') this.#streams.delete(message.stream);
    });
    this.#streams.set(stream.id, stream);
    const { port1, port2 } = new MessageChannel();
    send(attempt, { type: 'listen', stream: stream.id, port: port1, ...choicesOf(handlers) }, [port1]);
    try {
      await source.start(port2, signal);
      signal?.throwIfAborted();
      if (stream.cause !== undefined) throw stream.cause;
      return stream;
    } catch (cause) {
      // A source that is aborted because its stream failed rejects with AbortError; the stream's error is more specific.
      const first = stream.cause ?? cause;
      stream.abort();
      throw first;
    }
  }

  async #open(attempt: Attempt): Promise<void> {
    const { model: wanted = DEFAULT_MODEL, baseUrl, assets, worker: kind } = this.#options;
    const model = locateModel(wanted, pageUrl(), baseUrl, assets);
    // The embedded model ships with the page, so it is not worth the permission prompt that some browsers show.
    if (wanted !== EMBEDDED_MODEL) void askToPersist();
    const workerSrc = this.#options.workerSrc && new URL(this.#options.workerSrc, pageUrl()).href;
    const { backend = 'auto', whenFull = 'error' } = this.#options;
    // The embedded model is small enough for any processor.
    const choice =
      wanted === EMBEDDED_MODEL
        ? { kind }
        : await workerFor(availableQuery(wanted, model, backend), {
            ...{ workerSrc, assets, worker: kind, connect: this.#options.connect },
            signal: attempt.over.signal,
          });
    const connection = await (this.#options.connect ?? connect)({ workerSrc, assets, ...choice });
    attempt.connection = connection;
    connection.onfailure = (error) => this.#fail(attempt, error);
    attempt.lifeline = await holdLifeline();
    if (this.#attempt !== attempt) {
      this.#release(attempt);
      return;
    }
    const handlers = this.#handlers(attempt);
    const onMessage = ({ data }: MessageEvent<WorkerMessage>): void => {
      if (this.#attempt === attempt) dispatch(handlers, data);
    };
    connection.port.addEventListener('message', onMessage, { signal: attempt.over.signal });
    const lock = attempt.lifeline && { lock: attempt.lifeline.name };
    post(connection, { type: 'open', version: PROTOCOL_VERSION, model, backend, whenFull, ...lock });
    const { outbox = [] } = attempt;
    attempt.outbox = undefined;
    for (const [message, transfer] of outbox) post(connection, message, transfer);
  }

  #handlers(attempt: Attempt): Handlers<WorkerMessage> {
    return {
      progress: (message) => {
        if (message.phase === 'prepare') attempt.arrive();
        this.#options.progress?.(progressOf(message));
      },
      ready: ({ info }) => {
        this.#info = info;
        attempt.resolve(info);
      },
      failed: ({ error }) => this.#fail(attempt, SttError.fromWire(error)),
      stream: ({ stream, event }) => {
        this.#streams.get(stream)?.receive(event);
        if (event.type === 'end' || event.type === 'error') this.#streams.delete(stream);
      },
    };
  }

  #fail(attempt: Attempt, error: SttError): void {
    if (this.#attempt !== attempt) return this.#release(attempt);
    const wasReady = this.#info !== undefined;
    this.#breakOff(attempt, error);
    if (wasReady) this.#options.failed?.(error);
    attempt.reject(error);
  }

  /**
   * Called when the page enters the back/forward cache. The worker may be gone when the page returns, so the engine is
   * released now; the next `load` connects again.
   */
  #suspend(attempt: Attempt): void {
    const error = new SttError('aborted', 'The page was left while the engine was in use');
    this.#breakOff(attempt, error);
    attempt.reject(error);
  }

  #breakOff(attempt: Attempt, error: SttError): void {
    const streams = [...this.#streams.values()];
    this.#leave(attempt, error);
    for (const stream of streams) stream.fail(error);
  }

  #leave(attempt: Attempt, cause: unknown): void {
    if (attempt.connection) post(attempt.connection, { type: 'close' });
    this.#streams.clear();
    this.#info = undefined;
    this.#attempt = undefined;
    attempt.over.abort(cause);
    this.#release(attempt);
  }

  #release(attempt: Attempt): void {
    const { connection, lifeline } = attempt;
    attempt.connection = attempt.lifeline = undefined;
    if (connection) connection.onfailure = undefined;
    connection?.release();
    lifeline?.release();
    attempt.worklet?.release();
  }
}

/** Also loads the worklet, and keeps it for as long as the model. Rejects as the load does. */
function equip(attempt: Attempt, assets: string | undefined): Promise<EngineInfo> {
  attempt.equipped ??= withWorklet(attempt, assets);
  return attempt.equipped;
}

async function withWorklet(attempt: Attempt, assets: string | undefined): Promise<EngineInfo> {
  try {
    attempt.worklet = keepWorklet(assetUrl('capture.worklet.js', assets));
  } catch {
    return attempt.promise; // recordings need no worklet; a live source reports the same error when it starts
  }
  const [info] = await Promise.all([attempt.promise, attempt.worklet.settled]);
  return info;
}

function arrival({ arrived, promise }: Attempt): Promise<unknown> {
  return Promise.race([arrived, promise]);
}

/** Sends a stream's message, or keeps it until the model is opened. */
function send({ outbox, connection }: Attempt, message: PageMessage, transfer: Transferable[] = []): void {
  if (outbox) outbox.push([message, transfer]);
  else if (connection) post(connection, message, transfer);
}

function post(connection: Connection, message: PageMessage, transfer: Transferable[] = []): void {
  connection.port.postMessage(message, transfer);
}

function isAbort(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === 'AbortError';
}
