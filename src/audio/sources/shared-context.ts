/** The page's one AudioContext: reference-counted, with the worklet loaded, and without an output device if none opens. */
import { SttError } from '../../errors.js';
import { canDropOutput } from './context-clock.js';
import { untilAborted } from './until-aborted.js';

/** How long a context may take to start after `resume`, which never settles if the browser requires a click first. */
const RESUME_MS = 5_000;

/** One user's lease of the page's AudioContext. */
export interface ContextLease {
  readonly context: AudioContext;
  /** Keeps the context open for ever: an element's audio depends on it. */
  pin(): void;
  /** The last release closes the context, or suspends it if its worklet is kept, and with it the device. A second call does nothing. */
  release(): void;
}

/** The capture worklet, kept for later sources. */
export interface KeptWorklet {
  /** Resolves when the worklet is loaded or has failed to: the next source tries again, and reports it. */
  readonly settled: Promise<unknown>;
  /** Without a lease, the last release closes the context. A second call does nothing. */
  release(): void;
}

interface Shared {
  readonly context: AudioContext;
  users: number;
  /** How many keep its worklet; unused, the context is then suspended instead of closed. */
  keepers: number;
  pinned: boolean;
}

let shared: Shared | null = null;
const loading = new WeakMap<BaseAudioContext, Promise<void>>();
/** Contexts resumed inside a click. */
const clicked = new WeakSet<AudioContext>();

/**
 * Leases the page's AudioContext, creates it if there is none, and resumes it. Call it inside a click.
 *
 * The context runs at the device's rate, because Firefox cannot connect a microphone to any other; the worklet resamples.
 * All sources share one, because browsers limit their number.
 *
 * @throws SttError 'unsupported' without Web Audio or AudioWorklet, 'insecure-context' without https
 */
export function leaseContext(): ContextLease {
  shared ??= open();
  const mine = shared;
  let held = true;
  mine.users++;
  if ((navigator as AutoplayNavigator).userActivation?.isActive) clicked.add(mine.context);
  mine.context.resume().catch((cause: unknown) => {
    // A context that was closed meanwhile is no longer needed; `running` reports other failures.
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
      mine.users--;
      rest(mine);
    },
  };
}

/**
 * Loads the capture worklet before a source needs it, and keeps it, so that sources start without a request.
 *
 * A worklet belongs to its context, so the page's context is created now; without users it is suspended and holds no device.
 * Nothing else spares the request everywhere: the HTTP cache revalidates (`no-cache` is what docs/hosting.md recommends for
 * scripts), and a `blob:` or `data:` URL of the module's text needs a looser policy than `script-src 'self'`.
 */
export function keepWorklet(url: string | URL): KeptWorklet {
  let mine: Shared;
  try {
    mine = shared ??= open();
  } catch {
    // Recordings need no context; a live source reports the same error when it starts.
    return { settled: Promise.resolve(), release: () => undefined };
  }
  mine.keepers++;
  rest(mine);
  let held = true;
  return {
    settled: loadWorklet(mine.context, url).catch(() => undefined),
    release: () => {
      if (!held) return;
      held = false;
      mine.keepers--;
      rest(mine);
    },
  };
}

/** Releases the device of a context that has no users. */
function rest(mine: Shared): void {
  if (mine.users > 0 || mine.pinned || mine.context.state === 'closed') return;
  if (mine.keepers === 0) return close(mine);
  mine.context.suspend().catch((cause: unknown) => {
    if (mine.context.state !== 'closed') console.warn(SttError.from(cause, 'AudioContext.suspend').message);
  });
}

/**
 * Resolves when the context is running. If its output device cannot be opened, it runs without one where supported (Chromium).
 *
 * @throws SttError 'not-allowed' if the browser requires a click first, 'audio-output' if no output device can be opened; AbortError
 *   when `signal` aborts
 */
export async function running(context: AudioContext, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (await starts(context, signal)) return;
  const what = `AudioContext is still ${context.state} ${RESUME_MS} ms after resume`;
  if (isBlocked(context)) throw new SttError('not-allowed', `${what}: start() was not called inside a click`);
  const failed = `${what}, although autoplay is allowed: no audio output device could be opened`;
  if (!canDropOutput(context)) throw new SttError('audio-output', failed);
  try {
    await untilAborted(context.setSinkId({ type: 'none' }), signal);
  } catch (cause) {
    signal.throwIfAborted();
    throw SttError.from(cause, `${failed}, and setSinkId failed`, 'audio-output');
  }
  if (!(await starts(context, signal)))
    throw new SttError('audio-output', `${failed}, and it does not run without one`);
  console.warn(`${failed}; continuing without one.`);
}

/** Whether the context runs within `RESUME_MS`; false immediately if the browser reports that the output device failed. */
async function starts(context: AudioContext, signal: AbortSignal): Promise<boolean> {
  if (context.state === 'running') return true;
  const settled = new AbortController();
  const started = new Promise<boolean>((resolve, reject) => {
    const check = (): void => {
      if (context.state === 'running') resolve(true);
    };
    const finish = (): void => resolve(context.state === 'running');
    const timer = setTimeout(finish, RESUME_MS);
    settled.signal.addEventListener('abort', () => {
      clearTimeout(timer);
    });
    context.addEventListener('statechange', check, { signal: settled.signal });
    context.addEventListener('error', finish, { signal: settled.signal });
    // Again, because a page with an open microphone may play audio even if it could not at the click.
    context.resume().then(check, reject);
  });
  try {
    return await untilAborted(started, signal);
  } finally {
    settled.abort();
  }
}

/** Missing from the DOM library. Only Firefox has `getAutoplayPolicy`. */
interface AutoplayNavigator {
  getAutoplayPolicy?(context: AudioContext): 'allowed' | 'allowed-muted' | 'disallowed';
  readonly userActivation?: { readonly isActive: boolean };
}

/** Whether the browser requires a click before it plays audio. */
function isBlocked(context: AudioContext): boolean {
  const policy = (navigator as AutoplayNavigator).getAutoplayPolicy?.(context);
  return policy === undefined ? !clicked.has(context) : policy !== 'allowed';
}

/** Calls `then` once the context runs, immediately if it already does; not after `signal` has aborted. */
export function whenRunning(context: AudioContext, signal: AbortSignal, then: () => void): void {
  if (signal.aborted) return;
  if (context.state === 'running') return then();
  const check = (): void => {
    if (context.state !== 'running') return;
    context.removeEventListener('statechange', check);
    then();
  };
  context.addEventListener('statechange', check, { signal });
}

/**
 * Loads the capture worklet into a context, once. Later URLs are ignored: a processor's name can be registered only once.
 *
 * @throws SttError with the URL: 'network' if it cannot be downloaded, 'worker-failed' if it does not run
 */
export function loadWorklet(context: BaseAudioContext, url: string | URL): Promise<void> {
  const known = loading.get(context);
  if (known) return known;
  const loaded = context.audioWorklet.addModule(url).catch((cause: unknown) => {
    loading.delete(context);
    const isNetworkError = cause instanceof DOMException && cause.name === 'AbortError';
    throw SttError.from(cause, `audio worklet ${String(url)}`, isNetworkError ? 'network' : 'worker-failed');
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
  return { context: new AudioContext({ latencyHint: 'interactive' }), users: 0, keepers: 0, pinned: false };
}

function close(mine: Shared): void {
  if (shared === mine) shared = null;
  mine.context.close().catch((cause: unknown) => {
    console.warn(SttError.from(cause, 'AudioContext.close').message);
  });
}
