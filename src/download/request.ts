/** Sends range requests and reads their bodies; ends them when they stall, are paused or are aborted. */
import { release } from '../bytes/release.js';
import { RetryableError, type Address, type RangeResponse } from './response.js';
import type { PauseSwitch } from './pause.js';
import type { Environment } from './environment.js';

/** A request with fewer bytes than this within the stall time counts as stalled. */
const STALL_BYTES = 1024;

export interface RequestClient {
  /** Like `Address.request`, with a watch for stalls. */
  send(address: Address, range: readonly [number, number] | undefined, signal: AbortSignal): Promise<Request>;
}

/** Copies what it needs of the bytes, which are released afterwards. */
type Take = (bytes: Uint8Array<ArrayBuffer>) => Promise<'more' | 'enough'> | 'more' | 'enough';

export interface Request {
  readonly response: RangeResponse;
  /**
   * Passes the body to `take` until it returns `enough` or the body ends. Rejects with RetryableError if the body is cut,
   * stalls or is paused, and with an AbortError.
   */
  read(take: Take, signal: AbortSignal): Promise<void>;
  /** Aborts the request; does nothing once its body was read. */
  cancel(): void;
}

export function requestClient(environment: Environment, pauseSwitch: PauseSwitch, stallMs: number): RequestClient {
  return {
    send: async (address, range, signal) => {
      const controller = new AbortController();
      const watched = watch(environment, [signal, pauseSwitch.pauseSignal], stallMs, controller);
      const response = await watched(() => address.request(range, controller.signal), address.url);
      return {
        response,
        cancel: () => controller.abort(),
        read: (take, readSignal) =>
          watch(
            environment,
            [readSignal, pauseSwitch.pauseSignal],
            stallMs,
            controller,
          )(async (traffic) => {
            try {
              await pump(response.body, traffic, take, controller.signal);
            } finally {
              controller.abort(); // a body not read to its end would keep its connection
            }
          }, address.url),
      };
    },
  };
}

async function pump(body: RangeResponse['body'], traffic: Traffic, take: Take, signal: AbortSignal): Promise<void> {
  const reader = body?.getReader();
  // In Node, aborting does not settle a read of a body that only lacks its end.
  signal.addEventListener('abort', () => void reader?.cancel().catch(() => undefined), { once: true });
  for (;;) {
    const next = await reader?.read().catch((cause: unknown) => {
      throw new RetryableError(cause instanceof Error ? cause.message : String(cause), undefined, { cause });
    });
    if (signal.aborted) throw new RetryableError('the request was cancelled');
    if (next === undefined || next.done) return;
    traffic.bytes += next.value.length;
    traffic.storing = true;
    const wants = await take(next.value);
    traffic.storing = false;
    release(next.value);
    if (wants === 'enough') return;
  }
}

interface Traffic {
  bytes: number;
  /** Bytes are being stored; meanwhile the request does not count as stalled. */
  storing: boolean;
}

type Work<T> = (traffic: Traffic) => Promise<T>;

/** Runs `work` and aborts its request through `controller` when one of `signals` aborts or the request stalls. */
function watch(
  environment: Environment,
  signals: readonly AbortSignal[],
  stallMs: number,
  controller: AbortController,
): <T>(work: Work<T>, url: string) => Promise<T> {
  return async (work, url) => {
    const [signal, halt] = signals;
    const stop = (): void => controller.abort();
    signals.forEach((each) => {
      if (each.aborted) stop();
      else each.addEventListener('abort', stop, { once: true });
    });
    const over = new AbortController();
    const traffic: Traffic = { bytes: 0, storing: false };
    let stalled = false as boolean;
    const clock = async (): Promise<void> => {
      for (let before = 0; ; before = traffic.bytes) {
        await environment.sleep(stallMs, over.signal);
        if (traffic.bytes - before < STALL_BYTES && !traffic.storing) break;
      }
      stalled = true;
      stop();
    };
    clock().catch(() => undefined); // ends with `over`
    try {
      return await work(traffic);
    } catch (cause) {
      signal?.throwIfAborted();
      if (halt?.aborted === true) throw new RetryableError(`${url}: paused`, undefined, { cause });
      if (stalled)
        throw new RetryableError(`${url}: stalled for ${stallMs} ms after ${traffic.bytes} bytes`, undefined, {
          cause,
        });
      throw cause;
    } finally {
      over.abort();
      signals.forEach((each) => each.removeEventListener('abort', stop));
    }
  };
}
