/** One stream of the language model on a GPU; it outlives the GPU. */
import { SttError } from '../../errors.js';
import type { LmConfig } from '../../model/config.js';
import type { LmResult, LmStream } from '../language-model.js';
import type { Batch, BatchMember } from './batch.js';
import { ReplayLog } from './replay-log.js';
import { RESULT_HEADER } from './step-buffers.js';

/** What finalise.wgsl writes where no logit is a finite number. */
const NO_TOKEN = 0xffff_ffff;
/** Steps that may wait or be under way before the history has to grow. */
const SPARE = 64;

/** What a stream needs of the model it belongs to. */
export interface StreamHost {
  readonly name: string;
  readonly config: LmConfig;
  /** The stream has a step to run. */
  flush(): void;
  /** A step was answered for the first time: the GPU works. */
  worked(): void;
  /** A result is of another step than it should be: the GPU left one out. */
  astray(error: SttError): void;
  closed(stream: WebGpuLmStream): void;
}

export class WebGpuLmStream implements LmStream, BatchMember {
  readonly #host: StreamHost;
  readonly #sink: (result: LmResult) => void;
  readonly #history: ReplayLog;
  readonly #result: { step: number; token: number; probability: number; pause: Float32Array<ArrayBuffer> };
  /** [heads · classes] of the last result. */
  readonly #pause: Float32Array<ArrayBuffer>;
  readonly #settling: { resolve: () => void; reject: (error: SttError) => void }[] = [];
  #bank: Batch | undefined;
  /** The next step to submit, and how many under way are not of this stream any more. */
  #next = 0;
  #stale = 0;
  /** The step at position 0 of its ring: a replay begins there, as if nothing had been before. */
  #origin = 0;
  /** The step whose result is delivered next; below `known` where steps are replayed. */
  #arriving = 0;
  /** Steps up to this one are fed a token by the host: the GPU does not have it. */
  #forcedUntil = 0;
  #failure: SttError | undefined;
  #isOpen = true;

  constructor(host: StreamHost, sink: (result: LmResult) => void) {
    const { nQ, card, context, pauseHeads, pauseClasses } = host.config;
    this.#host = host;
    this.#sink = sink;
    this.#history = new ReplayLog(nQ, card, context + SPARE);
    this.#pause = new Float32Array(pauseHeads * pauseClasses);
    this.#result = { step: 0, token: 0, probability: 0, pause: new Float32Array(pauseHeads) };
  }

  get steps(): number {
    return this.#history.pushed;
  }

  get pending(): number {
    return this.#history.pushed - this.#history.known;
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  get bank(): Batch | undefined {
    return this.#bank;
  }

  push(codes: Uint32Array | null): void {
    const { config } = this.#host;
    if (!this.#isOpen) throw new SttError('invalid-state', 'lm: the stream is closed');
    if (codes && codes.length !== config.nQ) {
      throw new SttError('invalid-argument', `lm: a step of ${codes.length} codes, expected ${config.nQ}`);
    }
    if (this.#failure) throw this.#failure;
    // Replay feeds its first step the token before it.
    this.#history.push(codes, config.context + 1);
  }

  settled(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.pending === 0 || !this.#isOpen) return Promise.resolve();
    this.#host.flush();
    return new Promise((resolve, reject) => this.#settling.push({ resolve, reject }));
  }

  reset(): void {
    this.#stale += this.#next - this.#arriving;
    this.#history.clear();
    this.#next = this.#arriving = this.#origin = this.#forcedUntil = 0;
    this.#settle();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#bank?.leave(this);
    this.#host.closed(this);
    this.#settle();
  }

  /** [V] f32: the last step's logits, of a stream that runs alone. For tests and traces: it waits for the GPU. */
  async logits(): Promise<Float32Array> {
    if (!this.#bank) throw new SttError('invalid-state', 'lm: the stream is on no GPU');
    return this.#bank.logits();
  }

  /** [heads · classes] f32: the last delivered step's pause probabilities in full, a copy. */
  get pauseClasses(): Float32Array {
    return this.#pause.slice();
  }

  /**
   * Goes on in `bank`: the last `context` steps run again there to fill its ring, with the tokens they had, and are not
   * told again.
   */
  attach(bank: Batch): void {
    const { known } = this.#history;
    this.#bank?.leave(this);
    this.#bank = bank;
    this.#stale = 0;
    this.#next = this.#arriving = this.#origin = Math.max(0, known - this.#host.config.context);
    this.#forcedUntil = known;
    bank.join(this);
  }

  get hasStep(): boolean {
    return this.#isOpen && !this.#failure && this.#next < this.#history.pushed;
  }

  get forcedToken(): number | undefined {
    if (this.#next > this.#forcedUntil) return undefined;
    return this.#next === 0 ? this.#host.config.textCard : this.#history.token(this.#next - 1);
  }

  takeStep(to: Uint32Array, at: number): number {
    this.#history.copyCodes(this.#next, to, at);
    return this.#next++ - this.#origin;
  }

  deliver(result: DataView, at: number): void {
    if (!this.#isOpen || this.#failure) return;
    if (this.#stale > 0) {
      this.#stale--;
      return;
    }
    const expected = this.#arriving - this.#origin + 1;
    const found = result.getUint32(at + 4, true);
    if (found !== expected) {
      const what = `${this.#host.name}: the GPU answered step ${found} instead of ${expected}`;
      this.#host.astray(new SttError('gpu-device-lost', what));
      return;
    }
    if (this.#arriving++ >= this.#history.known) this.#tell(result, at);
  }

  fail(error: SttError): void {
    if (!this.#isOpen || this.#failure) return;
    this.#failure = error;
    for (const { reject } of this.#settling.splice(0)) reject(error);
  }

  #tell(view: DataView, at: number): void {
    const { config, name } = this.#host;
    const result = this.#result;
    for (let i = 0; i < this.#pause.length; i++) this.#pause[i] = view.getFloat32(at + 4 * (RESULT_HEADER + i), true);
    result.step = this.#history.known;
    result.token = view.getUint32(at, true);
    result.probability = view.getFloat32(at + 8, true);
    for (let i = 0; i < result.pause.length; i++) result.pause[i] = this.#pause[i * config.pauseClasses] ?? 0;
    if (result.token === NO_TOKEN) {
      return this.fail(new SttError('model-invalid', `${name}: step ${result.step} gives no finite logit`));
    }
    this.#history.know(result.token);
    this.#host.worked();
    this.#sink(result);
    if (this.pending === 0) this.#settle();
  }

  /** There is nothing left to wait for. */
  #settle(): void {
    for (const { resolve } of this.#settling.splice(0)) resolve();
  }
}
