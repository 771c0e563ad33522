/** Connects to the worker that runs the engine: a SharedWorker if possible, else a dedicated Worker. */
import { SttError } from '../errors.js';
import { watchLifeline } from '../protocol/lifeline.js';
import { PROTOCOL_VERSION, type ConnectMessage } from '../protocol/messages.js';
import { broken, hello } from './hello.js';
import { isForeign, scriptUrl } from './script-url.js';

export type WorkerKind = 'shared' | 'dedicated';

export interface Connection {
  readonly kind: WorkerKind;
  /** Why this kind of worker was chosen, in a sentence. */
  readonly reason: string;
  /** Started; the worker's `hello` has been received. */
  readonly port: MessagePort;
  /** Called once with `worker-failed` if the worker fails or dies. No message follows, nor after `release`. */
  onfailure: ((error: SttError) => void) | undefined;
  /** Closes the port. The worker stays alive while others use it, and a little longer. */
  release(): void;
}

export interface ConnectOptions {
  /** Absolute URL of a worker script to use instead of the package's, for either kind. */
  readonly workerSrc?: string | undefined;
  /** `auto` tries shared first. */
  readonly kind?: WorkerKind | 'auto' | undefined;
}

/** Connects a client to a worker. Tests and special hosts provide their own. */
export type Connector = (options: ConnectOptions) => Promise<Connection>;

/** An unused dedicated worker is terminated after this time: longer than the grace period of its engines. */
const IDLE_WORKER_MS = 90_000;

/** The version is part of the name, so that pages of two deploys get separate workers. */
const NAME = `kyutai-stt ${PROTOCOL_VERSION}`;

/** Connects, preferring a SharedWorker. Rejects with `worker-failed` if neither kind can start. */
export const connect: Connector = async ({ workerSrc, kind = 'auto' }) => {
  const shared = workerSrc ?? new URL('../worker/shared.worker.js', import.meta.url).href;
  const dedicated = workerSrc ?? new URL('../worker/dedicated.worker.js', import.meta.url).href;
  if (kind === 'dedicated') return connectDedicated(dedicated, 'The page requires a dedicated worker.');
  if (typeof SharedWorker === 'undefined') {
    if (kind === 'shared')
      throw new SttError('worker-failed', 'The page requires a shared worker, but this browser has no SharedWorker.');
    return connectDedicated(dedicated, 'This browser has no SharedWorker.');
  }
  try {
    return await connectShared(shared);
  } catch (cause) {
    if (kind === 'shared') throw SttError.from(cause, 'The shared worker did not start', 'worker-failed');
    const detail = cause instanceof Error ? cause.message : String(cause);
    return connectDedicated(dedicated, `The shared worker did not start: ${detail}`);
  }
};

async function connectShared(url: string): Promise<Connection> {
  const worker = new SharedWorker(scriptUrl(url), { type: 'module', name: NAME });
  const { lock } = await hello(worker.port, worker, url);
  const reason = isForeign(url)
    ? 'The worker script is from another origin: its SharedWorker serves this page, not other tabs.'
    : 'A SharedWorker is one engine for every tab and element of this origin.';
  return connection({ kind: 'shared', reason, port: worker.port, worker, url, lock });
}

interface DedicatedHost {
  readonly worker: Worker;
  users: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** One worker per script and page, so that elements share the engine here too. */
const dedicatedHosts = new Map<string, DedicatedHost>();

async function connectDedicated(url: string, reason: string): Promise<Connection> {
  const host = dedicatedHost(url);
  const { worker } = host;
  const { port1, port2 } = new MessageChannel();
  host.users += 1;
  clearTimeout(host.timer);
  const onRelease = (): void => {
    host.users -= 1;
    if (host.users === 0 && dedicatedHosts.get(url) === host)
      host.timer = setTimeout(() => endDedicated(url, host), IDLE_WORKER_MS);
  };
  // The next attempt must not get a failed worker.
  const onDeath = (): void => endDedicated(url, host);
  const message: ConnectMessage = { type: 'connect' };
  worker.postMessage(message, [port2]);
  try {
    const { lock } = await hello(port1, worker, url);
    return connection({ kind: 'dedicated', reason, port: port1, worker, url, lock, onRelease, onDeath });
  } catch (cause) {
    port1.close();
    onRelease();
    onDeath();
    throw SttError.from(cause, 'The worker did not start', 'worker-failed');
  }
}

function dedicatedHost(url: string): DedicatedHost {
  const known = dedicatedHosts.get(url);
  if (known) return known;
  let worker: Worker;
  try {
    worker = new Worker(scriptUrl(url), { type: 'module', name: NAME });
  } catch (cause) {
    throw SttError.from(cause, `The worker script ${url} could not be started`, 'worker-failed');
  }
  const host: DedicatedHost = { worker, users: 0, timer: undefined };
  dedicatedHosts.set(url, host);
  worker.addEventListener('error', (event) => {
    endDedicated(url, host);
    // Connections report the error; without any, only the console shows it.
    if (host.users === 0) console.error(broken(url, event).message);
  });
  return host;
}

function endDedicated(url: string, host: DedicatedHost): void {
  clearTimeout(host.timer);
  host.worker.terminate();
  if (dedicatedHosts.get(url) === host) dedicatedHosts.delete(url);
}

interface ConnectionParts extends Pick<Connection, 'kind' | 'reason' | 'port'> {
  readonly worker: SharedWorker | Worker;
  readonly url: string;
  /** Name of the lock that the worker holds while it lives; undefined without Web Locks. */
  readonly lock: string | undefined;
  /** Called once, on the first `release`. */
  readonly onRelease?: () => void;
  /** Called at most once, if the worker fails before `release`. */
  readonly onDeath?: () => void;
}

/** A script that throws fires an `error` event; a killed thread fires nothing, but its lock is released. */
function connection({ kind, reason, port, worker, url, lock, onRelease, onDeath }: ConnectionParts): Connection {
  const watching = new AbortController();
  const { signal } = watching;
  const fail = (error: SttError): void => {
    if (signal.aborted) return;
    watching.abort();
    onDeath?.();
    result.onfailure?.(error);
  };
  let held = true;
  const result: Connection = {
    kind,
    reason,
    port,
    onfailure: undefined,
    release: () => {
      watching.abort();
      port.close();
      if (held) onRelease?.();
      held = false;
    },
  };
  worker.addEventListener('error', (event) => fail(broken(url, event)), { signal });
  const gone = (): void => fail(new SttError('worker-failed', `The ${kind} worker ${url} died.`));
  if (lock !== undefined) watchLifeline(lock, gone, signal);
  return result;
}
