/** Runs up to four streams together on one GPU: each step reads the weights once for all streams that are ready. */
import { SttError } from '../../errors.js';
import { Buffers } from '../../gpu/buffers.js';
import { checked, type Gpu } from '../../gpu/device.js';
import { encode, type Dispatch, type Kernels } from '../../gpu/kernels.js';
import type { LmConfig } from '../../model/config.js';
import type { Rotation } from '../../wasm/rotation.js';
import type { GpuMeter } from './meter.js';
import type { Plan } from './plan.js';
import { TABLE_WORDS } from '../phrase-table.js';
import { ReadBack, type PendingStep } from './read-back.js';
import { resultWords, STATE_WORDS, stepBuffers, stepWords, type StepBuffers } from './step-buffers.js';

/** What occupies a slot of a batch: a stream, or the trial steps at load. */
export interface SlotUser {
  /** Whether a step waits to run. */
  readonly hasStep: boolean;
  /** Takes the next step: writes its codes to `to` from `at` and returns its position. */
  takeStep(to: Uint32Array, at: number): number;
  /** The token to feed the next step where the GPU does not have it, else undefined. Read before `takeStep`. */
  readonly forcedToken: number | undefined;
  /** Names and terms to prefer: a table of `phraseTable`. */
  readonly phrases: Uint32Array<ArrayBuffer>;
  /** Where in them the text is before the next step; for a forced token. */
  readonly node: number;
  /** Receives the result of the oldest step in flight: words of `result` from byte `at`. */
  deliver(result: DataView, at: number): void;
  fail(error: SttError): void;
}

/** What a batch needs from its model. */
export interface BatchParts {
  readonly gpu: Gpu;
  readonly kernels: Kernels;
  readonly name: string;
  readonly config: LmConfig;
  readonly rotation: Rotation;
  readonly meter: GpuMeter;
  readonly plan: (memory: Buffers, buffers: StepBuffers) => Plan;
  /** Called when a result was lost: the device is unusable. */
  readonly onBroken: (error: SttError) => void;
  /** Called when the device works, but with a limit: `reason` says which. */
  readonly onLimited: (reason: string) => void;
}

export class Batch {
  readonly #parts: BatchParts;
  readonly #memory: Buffers;
  readonly #buffers: StepBuffers;
  readonly #plan: Plan;
  readonly #readBack: ReadBack<SlotUser>;
  readonly #slots: (SlotUser | undefined)[];
  #rings: GPUBuffer[] = [];
  /** Slots that the rings have room for. */
  #capacity = 0;
  /** Index: streams that step together. Compiled as streams join. */
  readonly #dispatches: (readonly Dispatch[] | undefined)[] = [];
  readonly #compiled = new Set<number>();
  /** The streams' inputs of one step, reused by every step. */
  readonly #input: Uint32Array<ArrayBuffer>;
  readonly #angles: Float32Array<ArrayBuffer>;
  readonly #state = new Uint32Array(STATE_WORDS);
  #growing: Promise<void> = Promise.resolve();
  /** The slot that the next step considers first, so that streams take turns. */
  #nextSlot = 0;
  #isOpen = true;

  constructor(parts: BatchParts) {
    const { gpu, config, plan } = parts;
    this.#parts = parts;
    this.#memory = new Buffers(gpu.device, 'lm batch');
    this.#buffers = stepBuffers(this.#memory, config);
    this.#plan = plan(this.#memory, this.#buffers);
    this.#slots = Array.from({ length: this.#plan.slots }, () => undefined);
    this.#readBack = new ReadBack(
      this.#memory,
      this.#plan.slots * resultWords(config) * 4,
      (result, step) => this.#deliver(result, step),
      (error) => this.#break(error),
    );
    this.#input = new Uint32Array(this.#plan.slots * stepWords(config));
    this.#angles = new Float32Array(this.#input.buffer);
  }

  get isFull(): boolean {
    return this.#slots.every((user) => user !== undefined);
  }

  /** Dispatches of a step of one stream. */
  get dispatches(): number {
    return this.#dispatches[1]?.length ?? 0;
  }

  /** Bytes of one stream's keys and values. */
  get ringBytes(): number {
    return this.#plan.ringBytes * this.#parts.config.numLayers;
  }

  /** Allocates and compiles what one stream needs. Rejects with the GPU's error. */
  async prepare(): Promise<void> {
    const grown = this.#growing.then(() => this.#grow(1));
    // The failure is reported here; later growth may still succeed.
    this.#growing = grown.catch(() => undefined);
    await grown;
    await this.#compile(1);
  }

  /**
   * Gives `user` a slot, immediately where the rings have room for it. From the second stream on, steps of so many are
   * compiled while the streams run in smaller groups. A stream that finds no memory fails; the others continue.
   */
  join(user: SlotUser): void {
    const slot = this.#slots.indexOf(undefined);
    if (slot < 0)
      throw new SttError('internal', `lm: the batch is full, expected a free slot of ${this.#slots.length}`);
    this.#slots[slot] = user;
    this.prefer(user);
    if (slot >= this.#capacity) this.#growing = this.#growing.then(() => this.#growFor(slot, user));
    const count = this.#slots.filter(Boolean).length;
    if (count > 1) {
      this.#growing
        .then(() => this.#compile(count))
        // Streams continue in smaller groups. A lost device is reported separately.
        .catch((cause: unknown) =>
          this.#parts.onLimited(SttError.from(cause, `steps of ${count}`, 'gpu-failed').message),
        );
    }
  }

  /** Uploads the phrases of `user`; they begin with the next step. */
  prefer(user: SlotUser): void {
    const { queue } = this.#parts.gpu.device;
    const { phrases, state } = this.#buffers;
    const slot = this.#slots.indexOf(user);
    // A stream that found no memory has no slot, and a closed batch no buffers.
    if (slot < 0 || !this.#isOpen) return;
    queue.writeBuffer(phrases, slot * TABLE_WORDS * 4, user.phrases);
    queue.writeBuffer(state, (slot * STATE_WORDS + 3) * 4, Uint32Array.of(0));
  }

  leave(user: SlotUser): void {
    const slot = this.#slots.indexOf(user);
    if (slot >= 0) this.#slots[slot] = undefined;
  }

  /** Submits waiting steps while read-back buffers are free; the rest follows as results arrive. */
  flush(): void {
    if (this.#largestStep() === 0) return;
    while (this.#isOpen && this.#readBack.hasRoom && this.#hasStep()) this.#submit();
  }

  /** [V] f32: the logits of stream `index` of the batch's last step. Waits for the GPU; for tests and traces. */
  async logits(index = 0): Promise<Float32Array> {
    const { device } = this.#parts.gpu;
    const bytes = this.#parts.config.textCard * 4;
    const copy = device.createBuffer({ size: bytes, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(this.#buffers.logits, index * bytes, copy, 0, bytes);
    device.queue.submit([encoder.finish()]);
    await copy.mapAsync(GPUMapMode.READ);
    const values = new Float32Array(copy.getMappedRange().slice(0));
    copy.destroy();
    return values;
  }

  /** Frees all memory and fails the streams of this batch with `error`. */
  fail(error: SttError): void {
    this.close();
    for (const user of this.#slots) user?.fail(error);
  }

  close(): void {
    this.#isOpen = false;
    this.#memory.destroy();
  }

  #submit(): void {
    const { gpu, config, rotation, meter } = this.#parts;
    const { queue } = gpu.device;
    const { input, state, result } = this.#buffers;
    const words = stepWords(config);
    const step = this.#readBack.take();
    const largest = this.#largestStep();
    const slots = this.#capacity;
    const first = this.#nextSlot;
    for (let i = 0; i < slots && step.owners.length < largest; i++) {
      const slot = (first + i) % slots;
      const user = this.#slots[slot];
      if (!user?.hasStep) continue;
      const at = step.owners.length * words;
      const token = user.forcedToken;
      const position = user.takeStep(this.#input, at + 1);
      if (token !== undefined) {
        this.#state[0] = token;
        this.#state[1] = position;
        this.#state[3] = user.node;
        queue.writeBuffer(state, slot * STATE_WORDS * 4, this.#state);
      }
      this.#input[at] = slot;
      rotation.write(this.#angles, at + 1 + config.nQ, position);
      step.owners.push(user);
      this.#nextSlot = slot + 1;
    }
    const count = step.owners.length;
    const dispatches = this.#dispatches[count];
    // Submitting nothing would read back the result of the previous step.
    if (!dispatches) throw new SttError('internal', `lm: a step of ${count} streams is not compiled`);
    queue.writeBuffer(input, 0, this.#input, 0, count * words);
    const encoder = gpu.device.createCommandEncoder();
    encode(encoder, dispatches);
    this.#readBack.copy(encoder, result, step);
    queue.submit([encoder.finish()]);
    this.#readBack.read(step);
    meter.submitted(count);
  }

  /** Whether a stream whose ring is allocated has a step to run. */
  #hasStep(): boolean {
    for (let slot = 0; slot < this.#capacity; slot++) if (this.#slots[slot]?.hasStep) return true;
    return false;
  }

  /** The most streams that can step together now: those compiled for, without gaps. 0 before `prepare`. */
  #largestStep(): number {
    let count = 0;
    while (this.#dispatches[count + 1]) count++;
    return count;
  }

  #deliver(result: DataView, { owners, submitted }: PendingStep<SlotUser>): void {
    if (!this.#isOpen) return;
    const bytes = resultWords(this.#parts.config) * 4;
    this.#parts.meter.read(owners.length, performance.now() - submitted);
    for (const [i, owner] of owners.entries()) {
      // An earlier sink may have destroyed the device. The other streams get their results once it is replaced.
      if (result.buffer.byteLength === 0) return;
      try {
        owner.deliver(result, i * bytes);
      } catch (cause) {
        // A sink that throws must not cost the other streams their results.
        owner.fail(SttError.from(cause, this.#parts.name));
      }
    }
    // The buffer just read is free once this returns.
    queueMicrotask(() => this.flush());
  }

  #break(error: SttError): void {
    if (this.#isOpen) this.#parts.onBroken(error);
  }

  async #growFor(slot: number, user: SlotUser): Promise<void> {
    try {
      await this.#grow(slot + 1);
    } catch (cause) {
      this.leave(user);
      user.fail(SttError.from(cause, `${this.#parts.name}: stream ${slot + 1}`, 'gpu-failed'));
    }
    this.flush();
  }

  /** Enlarges the rings to `slots`; running streams keep their keys and values. */
  async #grow(slots: number): Promise<void> {
    if (slots <= this.#capacity) return;
    const { gpu } = this.#parts;
    const { ringBytes } = this.#plan;
    const generous = Math.min(this.#plan.slots, Math.max(slots, 2 * this.#capacity));
    const { rings, capacity } = await this.#makeRings(generous).catch(async (cause: unknown) => {
      if (generous === slots) throw cause;
      return this.#makeRings(slots);
    });
    if (!this.#isOpen) return;
    const encoder = gpu.device.createCommandEncoder();
    for (const [l, old] of this.#rings.entries()) {
      const ring = rings[l];
      if (ring) encoder.copyBufferToBuffer(old, 0, ring, 0, this.#capacity * ringBytes);
    }
    gpu.device.queue.submit([encoder.finish()]);
    for (const old of this.#rings) this.#memory.release(old);
    this.#rings = rings;
    this.#capacity = capacity;
    // Bind groups still refer to the old rings.
    for (const count of this.#compiled) this.#bind(count);
  }

  /** Allocates rings of `capacity` slots, or rejects with `out-of-memory` and keeps nothing. */
  async #makeRings(capacity: number): Promise<{ rings: GPUBuffer[]; capacity: number }> {
    const { gpu, config, name } = this.#parts;
    const bytes = capacity * this.#plan.ringBytes;
    const rings: GPUBuffer[] = [];
    const what = `${name}: ${config.numLayers} × ${bytes} bytes for keys and values of ${capacity} streams`;
    try {
      await checked(gpu.device, what, () => {
        for (let l = 0; l < config.numLayers; l++) rings.push(this.#memory.storage(`ring ${l}`, bytes));
      });
    } catch (cause) {
      for (const ring of rings) this.#memory.release(ring);
      throw cause;
    }
    return { rings, capacity };
  }

  /** Compiles and binds a step of `count` streams. */
  async #compile(count: number): Promise<void> {
    if (this.#compiled.has(count)) return;
    const { gpu, kernels, name } = this.#parts;
    await kernels.compile(this.#plan.calls(this.#rings, count));
    if (!this.#isOpen || this.#compiled.has(count)) return;
    this.#compiled.add(count);
    try {
      await checked(gpu.device, `${name}: a step of ${count}`, () => this.#bind(count));
    } catch (cause) {
      this.#compiled.delete(count);
      this.#dispatches[count] = undefined;
      throw cause;
    }
    this.flush();
  }

  #bind(count: number): void {
    const { kernels } = this.#parts;
    this.#dispatches[count] = this.#plan.calls(this.#rings, count).map((call) => kernels.dispatch(call));
  }
}
