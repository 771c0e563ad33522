/** Serves one page's port in the worker: its streams, its lease of an engine and its queries. */
import { SttError } from '../errors.js';
import { dispatch, type Handlers } from '../protocol/dispatch.js';
import { watchLifeline } from '../protocol/lifeline.js';
import { PROTOCOL_VERSION, type PageMessage, type Phrase, type WorkerMessage } from '../protocol/messages.js';
import type { ReplyMessage, QueryMessage } from '../protocol/queries.js';
import type { EnginePool, Lease } from './engine-pool.js';
import { QueryPort, type QueryHandler } from './query-port.js';
import { HostedStream } from './hosted-stream.js';

type OpenMessage = Extract<PageMessage, { type: 'open' }>;
type ListenMessage = Extract<PageMessage, { type: 'listen' }>;

export class PortClient {
  readonly #port: MessagePort;
  readonly #pool: EnginePool;
  readonly #queries: QueryPort;
  readonly #streams = new Map<number, HostedStream>();
  /** Streams that wait for the engine to load, whether they are to finish then, and with which phrases. */
  readonly #awaited = new Map<number, { finish: boolean; phrases?: readonly Phrase[] }>();
  readonly #watching = new AbortController();
  #lease: Lease | undefined;
  #closed = false;

  readonly #messages: Handlers<PageMessage> = {
    open: (message) => this.#open(message),
    listen: (message) => void this.#listen(message),
    finish: ({ stream }) => {
      const awaited = this.#awaited.get(stream);
      if (awaited) awaited.finish = true;
      this.#streams.get(stream)?.finish();
    },
    phrases: ({ stream, phrases }) => {
      const awaited = this.#awaited.get(stream);
      if (awaited) awaited.phrases = phrases;
      this.#streams.get(stream)?.prefer(phrases);
    },
    abort: ({ stream }) => {
      this.#awaited.delete(stream);
      this.#streams.get(stream)?.abort();
    },
    'pause-download': ({ paused }) => this.#lease?.hold(paused),
    close: () => this.close(),
    query: (message) => this.#query(message),
    drop: ({ request }) => this.#queries.drop(request),
  };

  constructor(port: MessagePort, pool: EnginePool, onQuery: QueryHandler = refuseQueries) {
    this.#port = port;
    this.#pool = pool;
    this.#queries = new QueryPort(onQuery, (message) => this.#post(message));
    port.onmessage = ({ data }: MessageEvent<PageMessage>) => dispatch(this.#messages, data);
  }

  /** Aborts the client's streams and releases its engine. Further messages are ignored. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watching.abort();
    for (const stream of [...this.#streams.values()]) stream.abort();
    this.#queries.close();
    this.#lease?.release();
    this.#port.close();
  }

  #query(message: QueryMessage): void {
    if (message.lock !== undefined) watchLifeline(message.lock, () => this.close(), this.#watching.signal);
    void this.#queries.take(message);
  }

  #open({ version, model, backend, whenFull, lock }: OpenMessage): void {
    if (version !== PROTOCOL_VERSION) {
      return this.#refuse(
        new SttError('worker-failed', `This worker speaks version ${PROTOCOL_VERSION}, the page version ${version}.`),
      );
    }
    if (this.#lease)
      return this.#refuse(new SttError('invalid-state', 'The page opened a second model on the same port.'));
    // A closed or crashed tab sends no message, but its lock is released.
    if (lock !== undefined) watchLifeline(lock, () => this.close(), this.#watching.signal);
    const wanted = { model, backend, ...(whenFull && { whenFull }) };
    const lease = this.#pool.lease(wanted, (progress) => this.#post({ type: 'progress', ...progress }));
    this.#lease = lease;
    lease.engine.then(
      (engine) => {
        const { fallback } = lease;
        this.#post({ type: 'ready', info: { ...engine.info(), ...(fallback !== undefined && { fallback }) } });
        void engine.lost?.then((error) => this.#lose(lease, error));
      },
      (cause: unknown) => {
        lease.release();
        this.#lease = undefined;
        this.#refuse(SttError.from(cause, 'The model could not be loaded'));
      },
    );
  }

  /** Reports a lost engine to the page, once; the page may open the model again. */
  #lose(lease: Lease, error: SttError): void {
    if (this.#closed || this.#lease !== lease) return;
    for (const stream of [...this.#streams.values()]) stream.abort();
    lease.release();
    this.#lease = undefined;
    this.#refuse(error);
  }

  async #listen({ stream, port, ...choices }: ListenMessage): Promise<void> {
    const awaited: { finish: boolean; phrases?: readonly Phrase[] } = { finish: false };
    this.#awaited.set(stream, awaited);
    try {
      if (!this.#lease) throw new SttError('invalid-state', `Stream ${stream} was started before a model was opened.`);
      const engine = await this.#lease.engine;
      if (!this.#awaited.has(stream) || this.#closed) {
        port.close();
        return;
      }
      const post = (message: WorkerMessage): void => this.#post(message);
      const chosen = { ...choices, ...(awaited.phrases && { phrases: awaited.phrases }) };
      const hosted = new HostedStream(stream, engine, port, post, () => this.#streams.delete(stream), chosen);
      this.#streams.set(stream, hosted);
      if (awaited.finish) hosted.finish();
    } catch (cause) {
      port.close();
      if (!this.#awaited.has(stream)) return;
      const error = SttError.from(cause, 'The stream could not be opened').toWire();
      this.#post({ type: 'stream', stream, event: { type: 'error', error } });
    } finally {
      this.#awaited.delete(stream);
    }
  }

  #refuse(error: SttError): void {
    this.#post({ type: 'failed', error: error.toWire() });
  }

  #post(message: WorkerMessage | ReplyMessage): void {
    if (!this.#closed) this.#port.postMessage(message);
  }
}

const refuseQueries: QueryHandler = ({ what }) =>
  Promise.reject(new SttError('invalid-argument', `This worker does not answer the query "${what}".`));
