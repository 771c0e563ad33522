/** A live source: an input in the audio graph, captured by the worklet. */
import { SttError } from '../../errors.js';
import { dispatch, type Handlers } from '../../protocol/dispatch.js';
import { SourceCallbacks, type AudioSource } from '../audio-source.js';
import { CAPTURE_PROCESSOR, type CaptureCommand, type CaptureReport } from '../capture-protocol.js';
import type { GraphInput } from './graph-input.js';
import { leaseContext, loadWorklet, running, type ContextLease } from './shared-context.js';
import { untilAborted } from './until-aborted.js';

/** The audio thread answers within a few ms; without an answer by then it has died. */
const END_MS = 2_000;

/** Sound from a `GraphInput`, through the capture worklet, to the worker's port. */
export class GraphSource extends SourceCallbacks implements AudioSource {
  readonly #input: GraphInput;
  readonly #workletUrl: string | URL;
  readonly #abort = new AbortController();
  #lease: ContextLease | null = null;
  #prepared: Promise<void> | null = null;
  #started = false;
  #live = false; // start() has resolved
  #over = false; // nothing more comes from the input
  #stopping: Promise<void> | null = null;
  #node: AudioWorkletNode | null = null;
  #paused = false;
  #silent = false;
  #muted = false;
  #whenEnded: (() => void) | null = null;
  #early: (() => void) | null = null; // what to tell of an input that was over before start() resolved

  readonly #reports: Handlers<CaptureReport> = {
    level: ({ level }) => this.onlevel?.(level),
    silent: ({ silent }) => this.#tellSilence(silent, this.#muted),
    ended: () => this.#whenEnded?.(),
    failed: ({ error }) => {
      this.#break(SttError.fromWire(error));
    },
  };

  constructor(input: GraphInput, workletUrl: string | URL) {
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
    if (this.#early) this.#leave(this.#early);
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

  /** The lease is taken before anything is awaited, so that the context wakes inside the click. */
  async #prepare(): Promise<void> {
    this.#abort.signal.throwIfAborted();
    const lease = leaseContext();
    this.#lease = lease;
    await Promise.all([this.#input.acquire(this.#abort.signal, lease), loadWorklet(lease.context, this.#workletUrl)]);
  }

  async #connect(port: MessagePort): Promise<void> {
    await this.#preparation();
    this.#abort.signal.throwIfAborted();
    const lease = this.#lease;
    if (lease === null) throw new SttError('internal', `${this.kind} source is started without a context`);
    const { context } = lease;
    await running(context, this.#abort.signal);
    const node = new AudioWorkletNode(context, CAPTURE_PROCESSOR, { outputChannelCount: [1] });
    node.connect(context.destination); // it plays silence; a browser may not run a node that leads nowhere
    this.#node = node;
    node.port.onmessage = ({ data }: MessageEvent<CaptureReport>) => {
      dispatch(this.#reports, data);
    };
    node.onprocessorerror = () => {
      this.#break(new SttError('internal', `${CAPTURE_PROCESSOR} threw on the audio thread`));
    };
    this.#command({ type: 'port', port }, [port]);
    if (this.#paused) this.#command({ type: 'pause' });
    this.#input
      .connect(lease, {
        muted: (muted) => this.#tellSilence(this.#silent, muted),
        changed: (device) => this.ondevice?.(device),
        ended: () => {
          this.#leave(() => this.onended?.());
        },
        broken: (error) => {
          this.#leave(() => this.onerror?.(error));
        },
      })
      .connect(node);
    context.addEventListener('statechange', this.#wake);
  }

  /** Zeros and a mute are one to whoever listens; zeros after a mute are no news. */
  #tellSilence(silent: boolean, muted: boolean): void {
    const before = this.#silent || this.#muted;
    this.#silent = silent;
    this.#muted = muted;
    if (before !== (silent || muted)) this.onsilent?.(silent || muted);
  }

  /** A phone call or a lid can suspend a context. */
  readonly #wake = (): void => {
    const context = this.#lease?.context;
    if (context?.state !== 'suspended') return;
    context.resume().catch((cause: unknown) => {
      this.#break(SttError.from(cause, 'AudioContext.resume', 'audio-capture'));
    });
  };

  /** Whatever fails or is aborted releases every device, and rejects without waiting for a prompt to be answered. */
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

  /** The input is over: say all that was heard, release, then tell. */
  #leave(tell: () => void): void {
    if (this.#over) return;
    if (!this.#live) {
      this.#early = tell;
      return;
    }
    this.stop().then(tell, (cause: unknown) => {
      this.onerror?.(SttError.from(cause, `${this.kind} source`));
    });
  }

  #break(error: SttError): void {
    if (this.#over) return;
    this.#drop(error); // before it is live, this is what start() rejects with
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
        reject(new SttError('internal', `${CAPTURE_PROCESSOR} does not answer end within ${END_MS} ms`));
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
    this.#lease?.context.removeEventListener('statechange', this.#wake);
    this.#node?.port.close();
    this.#node?.disconnect();
    this.#node = null;
    this.#lease?.release();
    this.#lease = null;
  }
}
