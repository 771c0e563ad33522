/** The page's one AudioContext, counted, and the worklet loaded into it. Runs without an output device where it has to. */
import { SttError } from '../../errors.js';
import { untilAborted } from './until-aborted.js';

/** How long a context may take to begin after `resume`, which never settles where the browser wants a click first. */
const WAKE_MS = 5_000;

/** A share in the page's AudioContext. */
export interface ContextLease {
  readonly context: AudioContext;
  /** Keeps the context open for good: an element's sound is bound to it. */
  pin(): void;
  /** Gives the share back; the last one closes the context, and with it the device. A second call does nothing. */
  release(): void;
}

interface Shared {
  readonly context: AudioContext;
  users: number;
  pinned: boolean;
}

let shared: Shared | null = null;
const loading = new WeakMap<BaseAudioContext, Promise<void>>();
/** Contexts that were woken inside a click. */
const clicked = new WeakSet<AudioContext>();

/**
 * Takes a share in the page's AudioContext, creates it where there is none, and wakes it; call it inside a click.
 *
 * It runs at the device's own rate, because Firefox refuses to connect a microphone to a context at any other; the
 * worklet resamples. One for all, because browsers allow few.
 *
 * @throws SttError 'unsupported' where there is no Web Audio or no AudioWorklet, 'insecure-context' where https is missing
 */
export function leaseContext(): ContextLease {
  shared ??= open();
  const mine = shared;
  let held = true;
  mine.users++;
  if ((navigator as AutoplayNavigator).userActivation?.isActive) clicked.add(mine.context);
  mine.context.resume().catch((cause: unknown) => {
    // A context closed meanwhile has no one waiting for it; whoever waits in `running` hears of the rest by its state.
    if (mine.context.state !== 'closed') console.warn(SttError.from(cause, 'AudioContext.resume').message);
  });
  return {
    context: mine.context,
    pin: () => {
      mine.pinned = true;
    },
    release: () => {
      if (!held) return;
      held = false;
      if (--mine.users === 0 && !mine.pinned) close(mine);
    },
  };
}

/**
 * Resolves when the context runs. Where its output device does not open, it runs without one in browsers that can (Chromium).
 *
 * @throws SttError 'not-allowed' where the browser wants a click first, 'audio-output' where no output device opens; AbortError
 *   when `signal` aborts
 */
export async function running(context: AudioContext, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (await begins(context, signal)) return;
  const what = `AudioContext stays ${context.state} ${WAKE_MS} ms after resume`;
  if (isBlocked(context)) throw new SttError('not-allowed', `${what}: start() was not called inside a click`);
  const failed = `${what}, although it may play: no audio output device could be opened`;
  if (!canDropOutput(context)) throw new SttError('audio-output', failed);
  try {
    await untilAborted(context.setSinkId({ type: 'none' }), signal);
  } catch (cause) {
    signal.throwIfAborted();
    throw SttError.from(cause, `${failed}, and setSinkId fails`, 'audio-output');
  }
  if (!(await begins(context, signal))) throw new SttError('audio-output', `${failed}, nor does it run without one`);
  console.warn(`${failed}; it runs without one.`);
}

/** Whether the context runs within `WAKE_MS`; false at once where the browser reports that the output device failed. */
async function begins(context: AudioContext, signal: AbortSignal): Promise<boolean> {
  if (context.state === 'running') return true;
  const settled = new AbortController();
  const begun = new Promise<boolean>((resolve, reject) => {
    const check = (): void => {
      if (context.state === 'running') resolve(true);
    };
    const giveUp = (): void => resolve(context.state === 'running');
    const timer = setTimeout(giveUp, WAKE_MS);
    settled.signal.addEventListener('abort', () => {
      clearTimeout(timer);
    });
    context.addEventListener('statechange', check, { signal: settled.signal });
    context.addEventListener('error', giveUp, { signal: settled.signal });
    // Once more: a page that holds a microphone may play sound where it might not at the click.
    context.resume().then(check, reject);
  });
  try {
    return await untilAborted(begun, signal);
  } finally {
    settled.abort();
  }
}

/** Missing from the DOM library. `getAutoplayPolicy` is Firefox's so far, the sink of a context Chromium's. */
interface AutoplayNavigator {
  getAutoplayPolicy?(context: AudioContext): 'allowed' | 'allowed-muted' | 'disallowed';
  readonly userActivation?: { readonly isActive: boolean };
}
type SinkContext = AudioContext & { setSinkId(id: { readonly type: 'none' }): Promise<void> };

/** Whether the browser waits for a click before it plays. */
function isBlocked(context: AudioContext): boolean {
  const policy = (navigator as AutoplayNavigator).getAutoplayPolicy?.(context);
  return policy === undefined ? !clicked.has(context) : policy !== 'allowed';
}

const canDropOutput = (context: AudioContext): context is SinkContext =>
  typeof (context as Partial<SinkContext>).setSinkId === 'function';

/** Calls `then` as soon as the context runs, now if it does; never once `signal` has aborted. */
export function whenRunning(context: AudioContext, signal: AbortSignal, then: () => void): void {
  if (signal.aborted) return;
  if (context.state === 'running') return then();
  const heard = (): void => {
    if (context.state !== 'running') return;
    context.removeEventListener('statechange', heard);
    then();
  };
  context.addEventListener('statechange', heard, { signal });
}

/**
 * Loads the capture worklet into a context, once. The first URL counts: a processor's name can be registered only once.
 *
 * @throws SttError naming the URL: 'network' where it cannot be fetched, 'worker-failed' where it does not run
 */
export function loadWorklet(context: BaseAudioContext, url: string | URL): Promise<void> {
  const known = loading.get(context);
  if (known) return known;
  const loaded = context.audioWorklet.addModule(url).catch((cause: unknown) => {
    loading.delete(context);
    const unfetched = cause instanceof DOMException && cause.name === 'AbortError';
    throw SttError.from(cause, `audio worklet ${String(url)}`, unfetched ? 'network' : 'worker-failed');
  });
  loading.set(context, loaded);
  return loaded;
}

function open(): Shared {
  if (typeof AudioContext === 'undefined') throw new SttError('unsupported', 'this browser has no AudioContext');
  if (typeof AudioWorkletNode === 'undefined') {
    if (isSecureContext) throw new SttError('unsupported', 'this browser has no AudioWorklet');
    throw new SttError('insecure-context', `AudioWorklet is missing: ${location.origin} is not https`);
  }
  return { context: new AudioContext({ latencyHint: 'interactive' }), users: 0, pinned: false };
}

function close(mine: Shared): void {
  if (shared === mine) shared = null;
  mine.context.close().catch((cause: unknown) => {
    console.warn(SttError.from(cause, 'AudioContext.close').message);
  });
}
