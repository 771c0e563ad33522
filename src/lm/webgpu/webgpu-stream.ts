/** One stream of the language model on a GPU. It survives the loss of its device by replaying its last steps. */
import { nextNode } from '../../../kernels/reference/phrases.js';
import { SttError } from '../../errors.js';
import type { LmConfig } from '../../model/config.js';
import type { LmResult, LmStream } from '../language-model.js';
import type { Batch, SlotUser } from './batch.js';
import { NO_PHRASES } from '../phrase-table.js';
import { ReplayLog } from './replay-log.js';
import { RESULT_HEADER } from './step-buffers.js';

/** What finalise.wgsl writes where no logit is a finite number. */
const NO_TOKEN = 0xffff_ffff;
/** Steps that may be queued or in flight before the replay log has to grow. */
const SPARE = 64;

/** What a stream needs from its model. */
export interface StreamHost {
  readonly name: string;
  readonly config: LmConfig;
  /** Runs queued steps. */
  flush(): void;
  /** A step completed for the first time: the GPU works. */
  stepCompleted(): void;
  /** A result belongs to another step than expected: the GPU skipped one. */
  stepSkipped(error: SttError): void;
  streamClosed(stream: WebGpuLmStream): void;
}

export class WebGpuLmStream implements LmStream, SlotUser {
  readonly #host: StreamHost;
  readonly #sink: (result: LmResult) => void;
  readonly #log: ReplayLog;
  readonly #result: { step: number; token: number; probability: number; pause: Float32Array<ArrayBuffer> };
  /** [heads · classes] of the last result. */
  readonly #pause: Float32Array<ArrayBuffer>;
  readonly #settling: { resolve: () => void; reject: (error: SttError) => void }[] = [];
  #batch: Batch | undefined;
  /** The next step to submit. */
  #next = 0;
  /** Steps in flight from before a reset, whose results are dropped. */
  #stale = 0;
  /** The step at position 0 of the ring: a replay begins there, as if nothing preceded it. */
  #origin = 0;
  /** The step whose result arrives next; below `#log.known` while steps are replayed. */
  #arriving = 0;
  /** The host feeds the tokens of steps up to this one, because the GPU does not have them. */
  #forcedUntil = 0;
  #phrases = NO_PHRASES;
  /** Where in them the text is, by the results so far. */
  #node = 0;
  #failure: SttError | undefined;
  #isOpen = true;

  constructor(host: StreamHost, sink: (result: LmResult) => void) {
    const { nQ, card, context, pauseHeads, pauseClasses } = host.config;
    this.#host = host;
    this.#sink = sink;
    this.#log = new ReplayLog(nQ, card, context + SPARE);
    this.#pause = new Float32Array(pauseHeads * pauseClasses);
    this.#result = { step: 0, token: 0, probability: 0, pause: new Float32Array(pauseHeads) };
  }

  get steps(): number {
    return this.#log.pushed;
  }

  get pending(): number {
    return this.#log.pushed - this.#log.known;
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  get batch(): Batch | undefined {
    return this.#batch;
  }

  push(codes: Uint32Array | null): void {
    const { config } = this.#host;
    if (!this.#isOpen) throw new SttError('invalid-state', 'lm: the stream is closed');
    if (codes && codes.length !== config.nQ) {
      throw new SttError('invalid-argument', `lm: a step of ${codes.length} codes, expected ${config.nQ}`);
    }
    if (this.#failure) throw this.#failure;
    // One more than the window: a replay feeds its first step the token of the step before it.
    this.#log.push(codes, config.context + 1);
  }

  settled(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.pending === 0 || !this.#isOpen) return Promise.resolve();
    this.#host.flush();
    return new Promise((resolve, reject) => this.#settling.push({ resolve, reject }));
  }

  prefer(phrases: Uint32Array<ArrayBuffer>): void {
    this.#phrases = phrases;
    this.#node = 0;
    if (this.#isOpen) this.#batch?.prefer(this);
  }

  get phrases(): Uint32Array<ArrayBuffer> {
    return this.#phrases;
  }

  get node(): number {
    return this.#node;
  }

  reset(): void {
    this.#node = 0;
    this.#stale += this.#next - this.#arriving;
    this.#log.clear();
    this.#next = this.#arriving = this.#origin = this.#forcedUntil = 0;
    this.#settle();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#batch?.leave(this);
    this.#host.streamClosed(this);
    this.#settle();
  }

  /** [V] f32: the last step's logits, of a stream that runs alone. For tests and traces: it waits for the GPU. */
  async logits(): Promise<Float32Array> {
    if (!this.#batch) throw new SttError('invalid-state', 'lm: the stream has no device, expected one');
    return this.#batch.logits();
  }

  /** [heads · classes] f32: the last delivered step's pause probabilities in full, a copy. */
  get pauseClasses(): Float32Array {
    return this.#pause.slice();
  }

  /**
   * Continues in `batch`. The last `context` steps run there again, with the tokens they had, to fill the stream's ring;
   * their results are not emitted a second time.
   */
  attach(batch: Batch): void {
    const { known } = this.#log;
    this.#batch?.leave(this);
    this.#batch = batch;
    this.#stale = 0;
    this.#next = this.#arriving = this.#origin = Math.max(0, known - this.#host.config.context);
    this.#forcedUntil = known;
    batch.join(this);
  }

  get hasStep(): boolean {
    return this.#isOpen && !this.#failure && this.#next < this.#log.pushed;
  }

  get forcedToken(): number | undefined {
    if (this.#next > this.#forcedUntil) return undefined;
    return this.#next === 0 ? this.#host.config.textCard : this.#log.token(this.#next - 1);
  }

  takeStep(to: Uint32Array, at: number): number {
    this.#log.copyCodes(this.#next, to, at);
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
      const message = `${this.#host.name}: the GPU returned step ${found}, expected ${expected}`;
      this.#host.stepSkipped(new SttError('gpu-device-lost', message));
      return;
    }
    if (this.#arriving++ >= this.#log.known) this.#emit(result, at);
  }

  fail(error: SttError): void {
    if (!this.#isOpen || this.#failure) return;
    this.#failure = error;
    for (const { reject } of this.#settling.splice(0)) reject(error);
  }

  #emit(view: DataView, at: number): void {
    const { config, name } = this.#host;
    const result = this.#result;
    for (let i = 0; i < this.#pause.length; i++) this.#pause[i] = view.getFloat32(at + 4 * (RESULT_HEADER + i), true);
    result.step = this.#log.known;
    result.token = view.getUint32(at, true);
    result.probability = view.getFloat32(at + 8, true);
    for (let i = 0; i < result.pause.length; i++) result.pause[i] = this.#pause[i * config.pauseClasses] ?? 0;
    if (result.token === NO_TOKEN) {
      return this.fail(new SttError('model-invalid', `${name}: step ${result.step} has no finite logit`));
    }
    this.#log.addToken(result.token);
    this.#node = nextNode(this.#phrases, this.#node, result.token, config);
    this.#host.stepCompleted();
    this.#sink(result);
    if (this.pending === 0) this.#settle();
  }

  /** Resolves every `settled`. */
  #settle(): void {
    for (const { resolve } of this.#settling.splice(0)) resolve();
  }
}
