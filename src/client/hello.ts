/** Waits for a worker's first message, with a timeout and errors for scripts that fail. */
import { SttError } from '../errors.js';
import { PROTOCOL_VERSION, type HelloMessage, type WorkerMessage } from '../protocol/messages.js';

/** A script that has not answered by then will not. */
const HELLO_TIMEOUT_MS = 30_000;

/** The script neither failed nor greeted. */
export class NoAnswer extends SttError {
  constructor(url: string, timeoutMs: number) {
    super('worker-failed', `The worker script ${url} did not answer within ${timeoutMs / 1000} s.`);
  }
}

/** Resolves with the worker's `hello`; rejects if its script fails or uses another protocol version. */
export function hello(
  port: MessagePort,
  worker: SharedWorker | Worker,
  url: string,
  timeoutMs = HELLO_TIMEOUT_MS,
): Promise<HelloMessage> {
  return new Promise<HelloMessage>((resolve, reject) => {
    // Greets with its version, too. A script of an older version greets nowhere else.
    const shared = 'port' in worker ? worker.port : undefined;
    const settle = (outcome: () => void): void => {
      clearTimeout(timer);
      worker.removeEventListener('error', onError);
      port.removeEventListener('message', onMessage);
      shared?.removeEventListener('message', onMessage);
      outcome();
    };
    const onError = (event: Event): void => settle(() => reject(broken(url, event)));
    const onMessage = ({ data, target }: MessageEvent<HelloMessage | WorkerMessage>): void => {
      if (data.type !== 'hello') return;
      if (data.version === PROTOCOL_VERSION) {
        if (target === port) settle(() => resolve(data));
      } else
        settle(() =>
          reject(
            new SttError(
              'worker-failed',
              `The worker ${url} speaks version ${data.version}, this page version ${PROTOCOL_VERSION}.`,
            ),
          ),
        );
    };
    const timer = setTimeout(() => settle(() => reject(new NoAnswer(url, timeoutMs))), timeoutMs);
    worker.addEventListener('error', onError);
    for (const each of [port, shared]) {
      each?.addEventListener('message', onMessage);
      each?.start();
    }
  });
}

/** Converts a worker's `error` event: it has a message if the script threw, none if it could not be fetched or parsed. */
export function broken(url: string, event: Event): SttError {
  event.preventDefault(); // reported as an SttError instead of an error of the page
  const detail =
    event instanceof ErrorEvent && event.message
      ? event.message
      : 'it could not be fetched or is not a module; expected it beside the package’s script or in the folder `assets`';
  return new SttError('worker-failed', `The worker script ${url} failed: ${detail}.`);
}
