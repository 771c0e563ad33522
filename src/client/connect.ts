/** Finds the thread the engine runs in: a SharedWorker where there is one, a dedicated Worker otherwise. */
import { SttError } from '../errors.js';
import { PROTOCOL_VERSION, type ConnectMessage, type HelloMessage, type WorkerMessage } from '../protocol/messages.js';

export type WorkerKind = 'shared' | 'dedicated';

export interface Connection {
  readonly kind: WorkerKind;
  /** In a sentence: why this kind and not the other. */
  readonly reason: string;
  /** Started; the `hello` is already taken. */
  readonly port: MessagePort;
  /** Called when the thread itself breaks. No message comes after it. */
  onfailure: ((error: SttError) => void) | undefined;
  /** Gives the port up. The worker lives on while others use it, and a little longer. */
  release(): void;
}

export interface ConnectOptions {
  /** URL of a worker script that is used instead of the package's own, for either kind. Absolute. */
  readonly workerSrc?: string | undefined;
  /** `auto` tries shared first. */
  readonly kind?: WorkerKind | 'auto' | undefined;
}

/** How a client reaches an engine. Tests and exotic hosts bring their own. */
export type Connector = (options: ConnectOptions) => Promise<Connection>;

/** A script that has neither answered nor failed by then never will. */
const HELLO_TIMEOUT_MS = 30_000;

/** A dedicated worker nobody uses ends after this: longer than the engine's own grace period in serve.ts. */
const IDLE_WORKER_MS = 90_000;

/** Workers of two deploys must not meet: the version is part of the name, and a name of its own is a worker of its own. */
const NAME = `kyutai-stt ${PROTOCOL_VERSION}`;

/** Connects, preferring a SharedWorker. Rejects with `worker-failed` if neither kind can start. */
export const connect: Connector = async ({ workerSrc, kind = 'auto' }) => {
  const shared = workerSrc ?? new URL('../worker/shared.worker.js', import.meta.url).href;
  const dedicated = workerSrc ?? new URL('../worker/dedicated.worker.js', import.meta.url).href;
  if (kind === 'dedicated') return connectDedicated(dedicated, 'A dedicated worker was asked for.');
  if (typeof SharedWorker === 'undefined') {
    if (kind === 'shared')
      throw new SttError('worker-failed', 'A shared worker was asked for, but this browser has none.');
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
  await hello(worker.port, worker, url);
  const connection: Connection = {
    kind: 'shared',
    reason: isForeign(url)
      ? 'The worker script is from another origin: its SharedWorker serves this page, not other tabs.'
      : 'A SharedWorker is one engine for every tab and element of this origin.',
    port: worker.port,
    onfailure: undefined,
    release: () => worker.port.close(),
  };
  worker.addEventListener('error', (event) => connection.onfailure?.(broken(url, event)));
  return connection;
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
  let held = true;
  const release = (): void => {
    port1.close();
    if (!held) return;
    held = false;
    host.users -= 1;
    if (host.users === 0) host.timer = setTimeout(() => endDedicated(url, host), IDLE_WORKER_MS);
  };
  const message: ConnectMessage = { type: 'connect' };
  worker.postMessage(message, [port2]);
  try {
    await hello(port1, worker, url);
  } catch (cause) {
    release();
    // A broken script must not be what the next attempt gets.
    endDedicated(url, host);
    throw SttError.from(cause, 'The worker did not start', 'worker-failed');
  }
  const connection: Connection = { kind: 'dedicated', reason, port: port1, onfailure: undefined, release };
  worker.addEventListener('error', (event) => {
    endDedicated(url, host);
    if (held) connection.onfailure?.(broken(url, event));
  });
  return connection;
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
  return host;
}

function endDedicated(url: string, host: DedicatedHost): void {
  host.worker.terminate();
  if (dedicatedHosts.get(url) === host) dedicatedHosts.delete(url);
}

/** Resolves at the worker's first message; rejects if its script fails, or speaks another version. */
function hello(port: MessagePort, worker: SharedWorker | Worker, url: string): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const settle = (outcome: () => void): void => {
      clearTimeout(timer);
      worker.removeEventListener('error', onError);
      port.removeEventListener('message', onMessage);
      outcome();
    };
    const onError = (event: Event): void => settle(() => reject(broken(url, event)));
    const onMessage = ({ data }: MessageEvent<HelloMessage | WorkerMessage>): void => {
      if (data.type !== 'hello') return;
      if (data.version === PROTOCOL_VERSION) settle(resolve);
      else
        settle(() =>
          reject(
            new SttError(
              'worker-failed',
              `The worker ${url} speaks version ${data.version}, this page version ${PROTOCOL_VERSION}.`,
            ),
          ),
        );
    };
    const timer = setTimeout(
      () =>
        settle(() =>
          reject(
            new SttError(
              'worker-failed',
              `The worker script ${url} did not answer within ${HELLO_TIMEOUT_MS / 1000} s.`,
            ),
          ),
        ),
      HELLO_TIMEOUT_MS,
    );
    worker.addEventListener('error', onError);
    port.addEventListener('message', onMessage);
    port.start();
  });
}

/** An `error` event of a worker: with a message if its script threw, without one if it could not be fetched or parsed. */
function broken(url: string, event: Event): SttError {
  event.preventDefault(); // it is told as an SttError; unhandled it would also be the page's own error
  const detail =
    event instanceof ErrorEvent && event.message ? event.message : 'it could not be fetched or is not a module';
  return new SttError('worker-failed', `The worker script ${url} failed: ${detail}.`);
}

/** Blob URLs by script, so that every element of a page asks for the same SharedWorker. */
const importers = new Map<string, string>();

/** A browser starts workers only from its own origin; a module of that origin may import from another one (a CDN). */
function scriptUrl(url: string): string {
  if (!isForeign(url)) return url;
  const known = importers.get(url);
  if (known) return known;
  const importer = URL.createObjectURL(new Blob([`import ${JSON.stringify(url)};`], { type: 'text/javascript' }));
  importers.set(url, importer);
  return importer;
}

function isForeign(url: string): boolean {
  return new URL(url).origin !== location.origin;
}
