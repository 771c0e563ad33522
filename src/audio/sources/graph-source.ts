/** The source for live audio: an input in the audio graph, captured by the worklet. */
import { SttError } from '../../errors.js';
import { dispatch, type Handlers } from '../../protocol/dispatch.js';
import { SourceCallbacks, type AudioSource } from '../audio-source.js';
import { CAPTURE_PROCESSOR, type CaptureCommand, type CaptureReport } from '../capture-protocol.js';
import { watchClock } from './context-clock.js';
import type { GraphInput } from './graph-input.js';
import { leaseContext, loadWorklet, running, type ContextLease } from './shared-context.js';
import { untilAborted } from './until-aborted.js';

/** The audio thread answers within a few ms; after this long it has died. */
const END_MS = 2_000;

/** The worklet's address; a function where it may not be known, which only a live source reports. */
export type WorkletUrl = string | URL | (() => string | URL);

/** Connects a `GraphInput` to the capture worklet, which posts frames to the worker's port. */
export class GraphSource extends SourceCallbacks implements AudioSource {
  readonly #input: GraphInput;
  readonly #workletUrl: WorkletUrl;
  readonly #abort = new AbortController();
  #lease: ContextLease | null = null;
  #prepared: Promise<void> | null = null;
  #started = false;
  #live = false; // start() has resolved
  #over = false; // the input has ended, failed or been released
  #stopping: Promise<void> | null = null;
  #node: AudioWorkletNode | null = null;
  #paused = false;
  #silent = false;
  #muted = false;
  #whenEnded: (() => void) | null = null;
  #deferred: (() => void) | null = null; // the callback for an input that ended before start() resolved

  readonly #reports: Handlers<CaptureReport> = {
    level: ({ level }) => this.onlevel?.(level),
    silent: ({ silent }) => this.#reportSilence(silent, this.#muted),
    ended: () => this.#whenEnded?.(),
    failed: ({ error }) => {
      this.#fail(SttError.fromWire(error));
    },
  };

  constructor(input: GraphInput, workletUrl: WorkletUrl) {
    super();
    this.#input = input;
    this.#workletUrl = workletUrl;
  }

  get kind(): GraphInput['kind'] {
    return this.#input.kind;
  }

  prepare(signal?: AbortSignal): Promise<void> {
    return this.#guard(this.#preparation(), signal);
  }

  async start(port: MessagePort, signal?: AbortSignal): Promise<void> {
    if (this.#started) throw new SttError('invalid-state', `${this.kind} source is started a second time`);
    this.#started = true;
    await this.#guard(this.#connect(port), signal);
    this.#live = true;
    if (this.#deferred) this.#finishThen(this.#deferred);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#over ? Promise.resolve() : this.#finish();
    return this.#stopping;
  }

  abort(): void {
    this.#drop(new DOMException(`${this.kind} source is aborted`, 'AbortError'));
  }

  pause(): void {
    this.#paused = true;
    this.#command({ type: 'pause' });
  }

  resume(): void {
    this.#paused = false;
    this.#command({ type: 'resume' });
  }

  #preparation(): Promise<void> {
    this.#prepared ??= this.#prepare();
    return this.#prepared;
  }

  /** Takes the lease before the first await, so that the context resumes inside the click. */
  async #prepare(): Promise<void> {
    this.#abort.signal.throwIfAborted();
    const url = typeof this.#workletUrl === 'function' ? this.#workletUrl() : this.#workletUrl;
    const lease = leaseContext();
    this.#lease = lease;
    await Promise.all([this.#input.acquire(this.#abort.signal, lease), loadWorklet(lease.context, url)]);
  }

  async #connect(port: MessagePort): Promise<void> {
    await this.#preparation();
    this.#abort.signal.throwIfAborted();
    const lease = this.#lease;
    if (lease === null) throw new SttError('internal', `${this.kind} source is started without a context`);
    const { context } = lease;
    await running(context, this.#abort.signal);
    const node = new AudioWorkletNode(context, CAPTURE_PROCESSOR, { outputChannelCount: [1] });
    node.connect(context.destination); // its output is silent, but browsers may not run a node without a destination
    this.#node = node;
    node.port.onmessage = ({ data }: MessageEvent<CaptureReport>) => {
      dispatch(this.#reports, data);
    };
    node.onprocessorerror = () => {
      this.#fail(new SttError('internal', `${CAPTURE_PROCESSOR} threw on the audio thread`));
    };
    this.#command({ type: 'port', port }, [port]);
    if (this.#paused) this.#command({ type: 'pause' });
    this.#input
      .connect(lease, {
        muted: (muted) => this.#reportSilence(this.#silent, muted),
        changed: (device) => this.ondevice?.(device),
        ended: () => {
          this.#finishThen(() => this.onended?.());
        },
        broken: (error) => {
          this.#finishThen(() => this.onerror?.(error));
        },
      })
      .connect(node);
    context.addEventListener('statechange', this.#resumeContext);
    watchClock(context, this.#abort.signal, (error) => {
      this.#fail(error);
    });
  }

  /** Digital silence and a mute are the same to the caller: `onsilent` is called only when their union changes. */
  #reportSilence(silent: boolean, muted: boolean): void {
    const before = this.#silent || this.#muted;
    this.#silent = silent;
    this.#muted = muted;
    if (before !== (silent || muted)) this.onsilent?.(silent || muted);
  }

  /** A phone call or a closed lid can suspend the context. */
  readonly #resumeContext = (): void => {
    const context = this.#lease?.context;
    if (context?.state !== 'suspended') return;
    context.resume().catch((cause: unknown) => {
      this.#fail(SttError.from(cause, 'AudioContext.resume', 'audio-capture'));
    });
  };

  /** A failure or an abort releases every device and rejects immediately, even while a permission prompt is open. */
  async #guard(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    const own = this.#abort.signal;
    const abort = (): void => {
      this.#drop(signal?.reason);
    };
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true, signal: own });
    try {
      await untilAborted(work, own);
    } catch (cause) {
      this.abort();
      if (signal?.aborted) throw signal.reason;
      if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
      throw SttError.from(cause, `${this.kind} source`);
    }
  }

  /** The input has ended: posts the remaining audio, releases the devices, then calls `notify`. */
  #finishThen(notify: () => void): void {
    if (this.#over) return;
    if (!this.#live) {
      this.#deferred = notify;
      return;
    }
    this.stop().then(notify, (cause: unknown) => {
      this.onerror?.(SttError.from(cause, `${this.kind} source`));
    });
  }

  #fail(error: SttError): void {
    if (this.#over) return;
    this.#drop(error); // until start() has resolved, it rejects with this error
    if (this.#live) this.onerror?.(error);
  }

  async #finish(): Promise<void> {
    this.#over = true;
    try {
      if (this.#node) await this.#flush();
    } finally {
      this.#release(new DOMException(`${this.kind} source is stopped`, 'AbortError'));
    }
  }

  #flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new SttError('internal', `${CAPTURE_PROCESSOR} did not answer 'end' within ${END_MS} ms`));
      }, END_MS);
      this.#whenEnded = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#command({ type: 'end' });
    });
  }

  #drop(reason: unknown): void {
    this.#over = true;
    this.#command({ type: 'abort' });
    this.#release(reason);
  }

  #command(command: CaptureCommand, transfer: Transferable[] = []): void {
    this.#node?.port.postMessage(command, transfer);
  }

  #release(reason: unknown): void {
    this.#abort.abort(reason);
    this.#whenEnded?.(); // an abort cuts a stop short
    this.#input.release();
    this.#lease?.context.removeEventListener('statechange', this.#resumeContext);
    this.#releaseNode();
    this.#lease?.release();
    this.#lease = null;
  }

  /** Browsers keep the node of a closed context for a while: it must not hold the element that listened. */
  #releaseNode(): void {
    const node = this.#node;
    this.#node = null;
    if (!node) return;
    node.port.onmessage = node.onprocessorerror = null;
    node.port.close();
    node.disconnect();
  }
}
