/** One stream of the language model on a GPU. */
import { SttError } from '../../errors.js';
import { Buffers } from '../../gpu/buffers.js';
import { encode } from '../../gpu/kernels.js';
import type { LmResult, LmStream } from '../language-model.js';
import { ReadBack } from './read-back.js';
import { inputWords, planStep, type StepPlan } from './step-plan.js';
import type { GpuLm } from './webgpu-lm.js';

/** What finalise.wgsl writes where no logit is a finite number. */
const NO_TOKEN = 0xffff_ffff;
/** Words of a result before the pause probabilities. */
const HEADER = 4;

export class WebGpuLmStream implements LmStream {
  readonly #lm: GpuLm;
  readonly #sink: (result: LmResult) => void;
  readonly #memory: Buffers;
  readonly #plan: StepPlan;
  readonly #readBack: ReadBack;
  /** One step's input, filled anew each time: codes, then the rotation. */
  readonly #input: Uint32Array<ArrayBuffer>;
  readonly #angles: Float32Array<ArrayBuffer>;
  readonly #result: { step: number; token: number; probability: number; pause: Float32Array<ArrayBuffer> };
  readonly #bits: Float32Array<ArrayBuffer>;
  /** Codes of steps that wait for room; null is the initial step. */
  readonly #waiting: (Uint32Array | null)[] = [];
  readonly #settling: { resolve: () => void; reject: (error: SttError) => void }[] = [];
  #steps = 0;
  #submitted = 0;
  #delivered = 0;
  /** Results of steps before the last `reset` are not of this stream any more. */
  #stale = 0;
  #failure: SttError | undefined;
  #isOpen = true;

  constructor(lm: GpuLm, sink: (result: LmResult) => void) {
    const { config, gpu, kernels, weights } = lm;
    this.#lm = lm;
    this.#sink = sink;
    this.#memory = new Buffers(gpu.device, 'lm stream');
    this.#plan = planStep(kernels, this.#memory, config, weights);
    const words = HEADER + config.pauseHeads * config.pauseClasses;
    this.#readBack = new ReadBack(
      this.#memory,
      words * 4,
      (result) => this.#deliver(result),
      (error) => this.#fail(error),
    );
    this.#input = new Uint32Array(inputWords(config));
    this.#angles = new Float32Array(this.#input.buffer, config.nQ * 4);
    this.#bits = new Float32Array(words);
    this.#result = { step: 0, token: 0, probability: 0, pause: new Float32Array(config.pauseHeads) };
    this.#writeState();
    void gpu.lost.then((error) => this.#fail(error));
  }

  get steps(): number {
    return this.#steps;
  }

  /** Steps pushed whose result has not come back. */
  get pending(): number {
    return this.#steps - this.#delivered;
  }

  /** Dispatches of one step. */
  get dispatches(): number {
    return this.#plan.dispatches.length;
  }

  push(codes: Uint32Array | null): void {
    const { config } = this.#lm;
    if (!this.#isOpen) throw new SttError('invalid-state', 'lm: the stream is closed');
    if (codes && codes.length !== config.nQ) {
      throw new SttError('invalid-argument', `lm: a step of ${codes.length} codes, expected ${config.nQ}`);
    }
    if (this.#failure) throw this.#failure;
    this.#steps++;
    if (this.#waiting.length === 0 && this.#readBack.hasRoom) this.#submit(codes);
    else this.#waiting.push(codes && codes.slice());
  }

  settled(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.pending === 0) return Promise.resolve();
    return new Promise((resolve, reject) => this.#settling.push({ resolve, reject }));
  }

  reset(): void {
    this.#waiting.length = 0;
    this.#stale += this.#submitted - this.#delivered;
    this.#steps = this.#submitted = this.#delivered = 0;
    this.#writeState();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#waiting.length = 0;
    this.#memory.destroy();
  }

  /** [V] f32: the last step's logits. For tests and traces: it waits for the GPU. */
  async logits(): Promise<Float32Array> {
    const { device } = this.#lm.gpu;
    const { logits } = this.#plan.buffers;
    const copy = device.createBuffer({ size: logits.size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(logits, 0, copy, 0, logits.size);
    device.queue.submit([encoder.finish()]);
    await copy.mapAsync(GPUMapMode.READ);
    const values = new Float32Array(copy.getMappedRange().slice(0, this.#lm.config.textCard * 4));
    copy.destroy();
    return values;
  }

  /** [heads · classes] f32: the last delivered step's pause probabilities in full, a copy. */
  get pauseClasses(): Float32Array {
    return this.#bits.slice(HEADER);
  }

  #submit(codes: Uint32Array | null): void {
    const { config, gpu, rotation } = this.#lm;
    const { queue } = gpu.device;
    const { input, result } = this.#plan.buffers;
    if (codes) this.#input.set(codes);
    else this.#input.fill(config.card, 0, config.nQ);
    rotation.write(this.#angles, 0, this.#submitted++);
    queue.writeBuffer(input, 0, this.#input);
    const encoder = gpu.device.createCommandEncoder();
    encode(encoder, this.#plan.dispatches);
    const buffer = this.#readBack.copy(encoder, result);
    queue.submit([encoder.finish()]);
    this.#readBack.read(buffer);
  }

  #deliver(words: Uint32Array): void {
    if (!this.#isOpen) return;
    if (this.#stale > 0) this.#stale--;
    else this.#tell(words);
    // The buffer just read is free again once this returns.
    queueMicrotask(() => this.#drain());
  }

  #tell(words: Uint32Array): void {
    const { config, name } = this.#lm;
    this.#bits.set(new Float32Array(words.buffer, words.byteOffset, words.length));
    const result = this.#result;
    result.step = this.#delivered++;
    result.token = words[0] ?? NO_TOKEN;
    result.probability = this.#bits[2] ?? 0;
    for (let i = 0; i < result.pause.length; i++) result.pause[i] = this.#bits[HEADER + i * config.pauseClasses] ?? 0;
    if (result.token === NO_TOKEN) {
      return this.#fail(new SttError('model-invalid', `${name}: step ${result.step} gives no finite logit`));
    }
    this.#sink(result);
    if (this.pending === 0) for (const { resolve } of this.#settling.splice(0)) resolve();
  }

  #drain(): void {
    while (this.#isOpen && this.#readBack.hasRoom) {
      const codes = this.#waiting.shift();
      if (codes === undefined) return;
      this.#submit(codes);
    }
  }

  #fail(error: SttError): void {
    if (!this.#isOpen || this.#failure) return;
    this.#failure = error;
    for (const { reject } of this.#settling.splice(0)) reject(error);
  }

  #writeState(): void {
    this.#lm.gpu.device.queue.writeBuffer(
      this.#plan.buffers.state,
      0,
      Uint32Array.of(this.#lm.config.textCard, 0, 0, 0),
    );
  }
}
