/** Retry policy: exponential back-off; fails after eight attempts without progress. Time offline does not count. */
import { SttError } from '../errors.js';
import { RetryableError } from './response.js';
import type { PauseSwitch } from './pause.js';
import type { Environment } from './environment.js';

const FIRST_WAIT_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;
const OFFLINE_CHECK_MS = 1000;

export interface RetryPolicyOptions {
  readonly environment: Environment;
  readonly pauseSwitch: PauseSwitch;
  readonly attempts: number;
  /** Called when waiting begins and ends. */
  readonly onWait: (isWaiting: boolean) => void;
}

export class RetryPolicy {
  readonly #options: RetryPolicyOptions;
  readonly #url: string;
  #failed = 0;

  constructor(url: string, options: RetryPolicyOptions) {
    this.#url = url;
    this.#options = options;
  }

  /** Called after progress. */
  reset(): void {
    this.#failed = 0;
  }

  /**
   * Waits until the next attempt may begin. Rejects with `network` after too many failures, with `cause` itself unless it
   * is a RetryableError, and with an AbortError.
   */
  async afterFailure(cause: unknown, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!(cause instanceof RetryableError)) throw cause;
    const { environment, pauseSwitch, attempts, onWait } = this.#options;
    // A pause is not a failure.
    if (pauseSwitch.isPaused) return pauseSwitch.whenRunning(signal);
    onWait(true);
    try {
      if (!environment.isOnline()) {
        while (!environment.isOnline()) await environment.sleep(OFFLINE_CHECK_MS, signal);
        return;
      }
      if (++this.#failed >= attempts) {
        throw new SttError('network', `${this.#url}: failed after ${attempts} attempts: ${cause.message}`, { cause });
      }
      await environment.sleep(this.#waitMs(cause.afterMs), signal);
    } finally {
      onWait(false);
    }
  }

  /** Random between half and the full back-off, so that many clients do not retry at once. */
  #waitMs(requested: number | undefined): number {
    const { random } = this.#options.environment;
    if (requested !== undefined) return requested * (1 + random() / 4);
    return Math.min(FIRST_WAIT_MS * 2 ** (this.#failed - 1), LONGEST_BACKOFF_MS) * (0.5 + random() / 2);
  }
}
