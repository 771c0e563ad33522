/** Connects to the worker that runs the engine: a SharedWorker if possible, else a dedicated Worker. */
import { SttError } from '../errors.js';
import { watchLifeline } from '../protocol/lifeline.js';
import { PROTOCOL_VERSION, type ConnectMessage } from '../protocol/messages.js';
import { assetUrl } from './assets.js';
import { broken, hello, NoAnswer } from './hello.js';
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
  /** As in `SttClientOptions`. */
  readonly assets?: string | undefined;
  /** `auto` tries shared first. */
  readonly kind?: WorkerKind | 'auto' | undefined;
  /** Why this kind is required, in a sentence; default: the page requires it. */
  readonly reason?: string | undefined;
}

/** Connects a client to a worker. Tests and special hosts provide their own. */
export type Connector = (options: ConnectOptions) => Promise<Connection>;

/** An unused dedicated worker is terminated after this time: longer than the grace period of its engines. */
const IDLE_WORKER_MS = 90_000;

/** How long a shared worker may take to answer after the one before it died. */
const HELLO_AFTER_DEATH_MS = 3_000;

/** The version is part of the name, so that pages of two deploys get separate workers. */
const NAME = `kyutai-stt ${PROTOCOL_VERSION}`;

/**
 * Connects, preferring a SharedWorker. Rejects with `worker-failed` if neither kind can start, `blocked-by-policy` if the page's
 * policy is the reason, `unsupported` outside a browser.
 */
export const connect: Connector = async (options) => {
  if (typeof Worker === 'undefined')
    throw new SttError('unsupported', 'The worker could not be started: found no Worker here, expected a browser');
  const violations: SecurityPolicyViolationEvent[] = [];
  const add = (event: SecurityPolicyViolationEvent): void => void violations.push(event);
  addEventListener('securitypolicyviolation', add);
  try {
    return await connectAny(options);
  } catch (cause) {
    // The event may follow the failure in a later task.
    await new Promise((resolve) => setTimeout(resolve));
    const violation = violations.find(blocksWorkers);
    if (!violation) throw cause;
    const { effectiveDirective, blockedURI } = violation;
    const what = `The page's Content-Security-Policy (${effectiveDirective}) blocks the worker: found ${blockedURI}`;
    throw new SttError('blocked-by-policy', what, { cause });
  } finally {
    removeEventListener('securitypolicyviolation', add);
  }
};

function blocksWorkers({ disposition, effectiveDirective }: SecurityPolicyViolationEvent): boolean {
  const directives = ['worker-src', 'trusted-types', 'require-trusted-types-for'];
  return disposition === 'enforce' && directives.includes(effectiveDirective);
}

const connectAny: Connector = async ({ workerSrc, assets, kind = 'auto', reason }) => {
  const shared = workerSrc ?? assetUrl('shared.worker.js', assets);
  const dedicated = workerSrc ?? assetUrl('dedicated.worker.js', assets);
  if (kind === 'dedicated') return connectTo('dedicated', dedicated, reason ?? 'The page requires a dedicated worker.');
  if (typeof SharedWorker === 'undefined') {
    if (kind === 'shared')
      throw new SttError('worker-failed', 'The page requires a shared worker, but this browser has no SharedWorker.');
    return connectTo('dedicated', dedicated, 'This browser has no SharedWorker.');
  }
  try {
    return await connectShared(shared);
  } catch (cause) {
    if (kind === 'shared') throw SttError.from(cause, 'The shared worker did not start', 'worker-failed');
    const detail = cause instanceof Error ? cause.message : String(cause);
    return connectTo('dedicated', dedicated, `The shared worker did not start: ${detail}`);
  }
};

async function connectShared(url: string): Promise<Connection> {
  const reason = isForeign(url)
    ? 'The worker script is from another origin: its SharedWorker serves this page, not other tabs.'
    : 'A SharedWorker is one engine for every tab and element of this origin.';
  return connectTo('shared', url, reason);
}

/** A worker that this page has started, or joined. */
interface Host {
  readonly kind: WorkerKind;
  readonly url: string;
  readonly worker: SharedWorker | Worker;
  /** Aborted when the host is no longer used for new connections. */
  readonly over: AbortController;
  /** Whether the worker's lock is watched. */
  watched: boolean;
  users: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/**
 * One worker of each kind per script and page, so that elements share the engine. Browsers hold a SharedWorker object, its
 * port and their listeners for as long as the worker lives: each connection has its own port instead, which can be closed.
 */
const hosts = new Map<string, Host>();

/** Scripts whose shared worker has ended, and how often the next one was renamed. */
const renamed = new Map<string, number>();

/**
 * Firefox connects a page to a shared worker that has just died, and so gets no answer. Where there is none soon after such an
 * end, a worker of another name is started. Otherwise the name stays, so that other tabs join the same worker.
 */
async function connectTo(kind: WorkerKind, url: string, reason: string): Promise<Connection> {
  const times = kind === 'shared' ? renamed.get(url) : undefined;
  if (times === undefined) return attempt(kind, url, reason);
  try {
    return await attempt(kind, url, reason, HELLO_AFTER_DEATH_MS);
  } catch (cause) {
    if (!(cause instanceof NoAnswer)) throw cause;
    renamed.set(url, times + 1);
    return attempt(kind, url, reason);
  }
}

async function attempt(kind: WorkerKind, url: string, reason: string, timeoutMs?: number): Promise<Connection> {
  const host = hostOf(kind, url);
  const { worker } = host;
  const { port1, port2 } = new MessageChannel();
  host.users += 1;
  clearTimeout(host.timer);
  const onRelease = (): void => {
    host.users -= 1;
    // A SharedWorker cannot be terminated: it lives for as long as a page of its origin does.
    if (host.users === 0 && kind === 'dedicated' && !host.over.signal.aborted)
      host.timer = setTimeout(() => end(host), IDLE_WORKER_MS);
  };
  const message: ConnectMessage = { type: 'connect' };
  carrierOf(worker).postMessage(message, [port2]);
  try {
    const { lock } = await hello(port1, worker, url, timeoutMs);
    watch(host, lock);
    // The next attempt must not get a failed worker.
    return connection({ kind, reason, port: port1, worker, url, lock, onRelease, onDeath: () => end(host) });
  } catch (cause) {
    port1.close();
    onRelease();
    end(host);
    throw SttError.from(cause, 'The worker did not start', 'worker-failed');
  }
}

/** Where the worker takes new ports. */
function carrierOf(worker: SharedWorker | Worker): MessagePort | Worker {
  return 'port' in worker ? worker.port : worker;
}

function hostOf(kind: WorkerKind, url: string): Host {
  const known = hosts.get(keyOf(kind, url));
  if (known) return known;
  let worker: SharedWorker | Worker;
  try {
    const times = renamed.get(url) ?? 0;
    const options = { type: 'module', name: times > 0 ? `${NAME} ${times + 1}` : NAME } as const;
    worker = kind === 'shared' ? new SharedWorker(scriptUrl(url), options) : new Worker(scriptUrl(url), options);
  } catch (cause) {
    throw SttError.from(cause, `The worker script ${url} could not be started`, 'worker-failed');
  }
  const over = new AbortController();
  const host: Host = { kind, url, worker, over, watched: false, users: 0, timer: undefined };
  hosts.set(keyOf(kind, url), host);
  const { signal } = over;
  const onError = (event: Event): void => {
    const error = broken(url, event); // also where the connection that used it has ended
    end(host);
    // Connections report the error; without any, only the console shows it.
    if (host.users === 0) console.error(error.message);
  };
  // Not removed: a worker may throw again before it has ended.
  worker.addEventListener('error', onError);
  // The worker may be gone when the page returns from the back/forward cache.
  if (kind === 'shared') addEventListener('pagehide', ({ persisted }) => persisted && end(host), { signal });
  return host;
}

const keyOf = (kind: WorkerKind, url: string): string => `${kind} ${url}`;

/** Drops the host when its worker dies, even while no connection uses it. Without a lock that would remain unnoticed. */
function watch(host: Host, lock: string | undefined): void {
  if (lock === undefined && host.kind === 'shared') return end(host);
  if (lock === undefined || host.watched) return;
  host.watched = true;
  watchLifeline(lock, () => end(host), host.over.signal);
}

/** Ends a host: the next connection starts or joins another worker. */
function end(host: Host): void {
  clearTimeout(host.timer);
  const key = keyOf(host.kind, host.url);
  if (hosts.get(key) === host) hosts.delete(key);
  host.over.abort();
  // It has run, since its lock was watched; a script that failed to start may have the same name again.
  if (host.kind === 'shared' && host.watched && !renamed.has(host.url)) renamed.set(host.url, 0);
  if ('port' in host.worker) host.worker.port.close();
  else host.worker.terminate();
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
