/** Asks and reads under watch: a request that yields next to nothing, is paused or is aborted ends at once. */
import { release } from '../bytes/release.js';
import { Retry, type Address, type RangeResponse } from './response.js';
import type { PauseSwitch } from './pause.js';
import type { Environment } from './environment.js';

/** Fewer bytes than this in a stall's time are as good as none. */
const TRICKLE = 1024;

export interface Requests {
  /** As `Address.ask`; `end` lets go of an answer that is not read to its end. */
  ask(address: Address, range: readonly [number, number] | undefined, signal: AbortSignal): Promise<Request>;
}

/** Copies what it needs of a piece: afterwards that is empty. */
type Take = (bytes: Uint8Array<ArrayBuffer>) => Promise<'more' | 'enough'> | 'more' | 'enough';

export interface Request {
  readonly answer: RangeResponse;
  /**
   * Hands over the body piece by piece until `take` says it has enough, or the body ends. Rejects with Retry if it is
   * cut, stalls or is paused, and with an AbortError.
   */
  read(take: Take, signal: AbortSignal): Promise<void>;
  end(): void;
}

export function requests(platform: Environment, gate: PauseSwitch, stallMs: number): Requests {
  return {
    ask: async (address, range, signal) => {
      const controller = new AbortController();
      const watched = watch(platform, [signal, gate.halt], stallMs, controller);
      const answer = await watched(() => address.ask(range, controller.signal), address.url);
      return {
        answer,
        end: () => controller.abort(),
        read: (take, readSignal) =>
          watch(
            platform,
            [readSignal, gate.halt],
            stallMs,
            controller,
          )(async (traffic) => {
            try {
              await pump(answer.body, traffic, take, controller.signal);
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
  // Node never settles a read of a body that has arrived but for its end when its request is aborted.
  signal.addEventListener('abort', () => void reader?.cancel().catch(() => undefined), { once: true });
  for (;;) {
    const next = await reader?.read().catch((cause: unknown) => {
      throw new Retry(cause instanceof Error ? cause.message : String(cause), undefined, { cause });
    });
    if (signal.aborted) throw new Retry('the request was ended');
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
  /** What has arrived is being stored: that nothing more does is not the network's fault. */
  storing: boolean;
}

type Work<T> = (traffic: Traffic) => Promise<T>;

/** Runs `work`, whose request `controller` ends when any of `signals` aborts or too little arrives in `stallMs`. */
function watch(
  platform: Environment,
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
        await platform.sleep(stallMs, over.signal);
        if (traffic.bytes - before < TRICKLE && !traffic.storing) break;
      }
      stalled = true;
      stop();
    };
    clock().catch(() => undefined); // ends with `over`
    try {
      return await work(traffic);
    } catch (cause) {
      signal?.throwIfAborted();
      if (halt?.aborted === true) throw new Retry(`${url}: paused`, undefined, { cause });
      if (stalled)
        throw new Retry(`${url}: next to nothing in ${stallMs} ms, ${traffic.bytes} bytes so far`, undefined, {
          cause,
        });
      throw cause;
    } finally {
      over.abort();
      signals.forEach((each) => each.removeEventListener('abort', stop));
    }
  };
}
