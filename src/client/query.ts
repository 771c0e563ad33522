/** Sends one query about models to a worker, over a separate connection. */
import { SttError } from '../errors.js';
import { holdLifeline, type Lifeline } from '../protocol/lifeline.js';
import type { PageMessage, WorkerMessage } from '../protocol/messages.js';
import type { WireProgress } from '../protocol/model.js';
import type { ReplyMessage, ModelReply, ModelQuery } from '../protocol/queries.js';
import { progressOf } from './progress.js';
import { pageUrl } from './page-url.js';
import { connect as connectDefault, type Connector, type WorkerKind } from './connect.js';

export interface QueryOptions {
  /** URL of the worker script; default: beside this script. */
  readonly workerSrc?: string | undefined;
  /** As in `SttClientOptions`. */
  readonly assets?: string | undefined;
  readonly worker?: WorkerKind | 'auto' | undefined;
  /** Connects to a worker; for tests, and for hosts that run their own. */
  readonly connect?: Connector | undefined;
  /** Aborting cancels the query and rejects with an AbortError. */
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((progress: WireProgress) => void) | undefined;
}

type ReplyTo<Q extends ModelQuery> = Extract<ModelReply, { readonly what: Q['what'] }>;

/** Each port carries one request. */
const REQUEST = 0;

/** Rejects with the SttError from the worker, with `worker-failed`, or with AbortError. */
export async function sendQuery<Q extends ModelQuery>(query: Q, options: QueryOptions): Promise<ReplyTo<Q>> {
  const { signal, connect = connectDefault, worker: kind, assets } = options;
  const abortError = (): DOMException => new DOMException(`"${query.what}" was aborted.`, 'AbortError');
  if (signal?.aborted === true) throw abortError();
  const workerSrc = options.workerSrc && new URL(options.workerSrc, pageUrl()).href;
  const connection = await connect({ workerSrc, assets, kind });
  let lifeline: Lifeline | undefined;
  let failed: (error: SttError) => void = () => undefined;
  const dead = new Promise<never>((_, reject) => (failed = reject));
  dead.catch(() => undefined); // raced below
  connection.onfailure = failed; // it may die before the first message
  const post = (message: PageMessage): void => connection.port.postMessage(message);
  const over = new AbortController();
  try {
    lifeline = await holdLifeline();
    const lock = lifeline && { lock: lifeline.name };
    const reply = new Promise<ReplyTo<Q>>((resolve, reject) => {
      const aborted = (): void => {
        post({ type: 'drop', request: REQUEST });
        reject(abortError());
      };
      if (signal?.aborted === true) return aborted();
      signal?.addEventListener('abort', aborted, { signal: over.signal });
      const onMessage = ({ data }: MessageEvent<ReplyMessage | WorkerMessage>): void => {
        if (data.type === 'query-progress') options.progress?.(progressOf(data));
        else if (data.type === 'reply') resolve(data.reply as ReplyTo<Q>);
        else if (data.type === 'query-failed') reject(SttError.fromWire(data.error));
      };
      connection.port.addEventListener('message', onMessage, { signal: over.signal });
      post({ type: 'query', request: REQUEST, query, ...lock });
    });
    return await Promise.race([reply, dead]);
  } finally {
    over.abort();
    post({ type: 'close' });
    connection.release();
    lifeline?.release();
  }
}
