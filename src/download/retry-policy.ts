/** How long to wait before another try, and when to give up: tries that yield nothing are counted, being offline is not. */
import { SttError } from '../errors.js';
import { Retry } from './response.js';
import type { PauseSwitch } from './pause.js';
import type { Environment } from './environment.js';

const FIRST_WAIT_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;
const OFFLINE_CHECK_MS = 1000;

export interface RetryPolicyOptions {
  readonly platform: Environment;
  readonly gate: PauseSwitch;
  readonly tries: number;
  /** Told when waiting begins and ends. */
  readonly onWait: (waits: boolean) => void;
}

export class RetryPolicy {
  readonly #options: RetryPolicyOptions;
  readonly #url: string;
  #failed = 0;

  constructor(url: string, options: RetryPolicyOptions) {
    this.#url = url;
    this.#options = options;
  }

  /** Something came of the last try. */
  reset(): void {
    this.#failed = 0;
  }

  /**
   * Waits after a try that ended with `cause`, until the next may begin. Rejects with `network` after too many, with
   * `cause` itself if no further try can mend it, and with an AbortError.
   */
  async afterFailure(cause: unknown, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!(cause instanceof Retry)) throw cause;
    const { platform, gate, tries, onWait } = this.#options;
    // A paused download was not failed by anyone.
    if (gate.isClosed) return gate.pass(signal);
    onWait(true);
    try {
      if (!platform.isOnline()) {
        while (!platform.isOnline()) await platform.sleep(OFFLINE_CHECK_MS, signal);
        return;
      }
      if (++this.#failed >= tries) {
        throw new SttError('network', `${this.#url}: given up after ${tries} tries; ${cause.message}`, { cause });
      }
      await platform.sleep(this.#waitMs(cause.afterMs), signal);
    } finally {
      onWait(false);
    }
  }

  /** At random between half and whole, so that many visitors do not come back at once. */
  #waitMs(asked: number | undefined): number {
    const { random } = this.#options.platform;
    if (asked !== undefined) return asked * (1 + random() / 4);
    return Math.min(FIRST_WAIT_MS * 2 ** (this.#failed - 1), LONGEST_BACKOFF_MS) * (0.5 + random() / 2);
  }
}
