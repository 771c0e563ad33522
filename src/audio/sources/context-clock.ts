/** Watches the clock of an AudioContext: a context can say that it runs and yet stand still. */
import { SttError } from '../../errors.js';

/** A running context renders every few milliseconds, and what the microphone hears while it stands still is lost. */
const CHECK_MS = 300;
/** Checks in a row, all of a clock that stands still, after which it is tried without an output device. */
const STALLS_WITH_OUTPUT = 4;
/** After this many the context is given up: a busy machine may need some. */
const MOST_STALLS = 30;

/** Missing from the DOM library; only in Chromium. */
type SinkContext = AudioContext & { setSinkId(id: { readonly type: 'none' }): Promise<void> };

export const canDropOutput = (context: AudioContext): context is SinkContext =>
  typeof (context as Partial<SinkContext>).setSinkId === 'function';

/**
 * Restarts a context whose state is `running` but whose clock stands still, until `signal` aborts. Seen in Chromium after a click
 * on its microphone button. If suspending and resuming does not help, the output device is given up where supported.
 *
 * @param fail is called with 'audio-output' if nothing has helped
 */
export function watchClock(
  context: AudioContext,
  signal: AbortSignal,
  fail: (error: SttError) => void,
  checkMs = CHECK_MS,
): void {
  let last = context.currentTime;
  let stalls = 0;
  let healing = false;
  const heal = async (): Promise<void> => {
    stalls++;
    const what = `AudioContext says it is running, but its clock stands at ${last} s`;
    if (stalls === 1) {
      console.warn(`${what}; restarting it.`);
      await context.suspend();
      await context.resume();
    } else if (stalls === STALLS_WITH_OUTPUT && canDropOutput(context)) {
      console.warn(`${what}; continuing without an output device.`);
      await context.setSinkId({ type: 'none' });
    } else if (stalls === MOST_STALLS) {
      throw new SttError('audio-output', `${what}, and suspending and resuming it did not help`);
    }
  };
  const check = (): void => {
    const time = context.currentTime;
    const stands = context.state === 'running' && time === last;
    last = time;
    if (healing) return;
    if (!stands) {
      stalls = 0;
      return;
    }
    healing = true;
    heal()
      .catch((cause: unknown) => {
        if (!signal.aborted) fail(SttError.from(cause, 'restarting the AudioContext', 'audio-output'));
      })
      .finally(() => (healing = false));
  };
  const timer = setInterval(check, checkMs);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}
