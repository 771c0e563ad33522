/** Up to four streams that step together on one GPU: the weights are read once for all that are ready. */
import { SttError } from '../../errors.js';
import { Buffers } from '../../gpu/buffers.js';
import { checked, type Gpu } from '../../gpu/device.js';
import { encode, type Dispatch, type Kernels } from '../../gpu/kernels.js';
import type { LmConfig } from '../../model/config.js';
import type { Rotation } from '../../wasm/rotation.js';
import type { GpuMeter } from './meter.js';
import type { Plan } from './plan.js';
import { ReadBack, type Pending } from './read-back.js';
import { resultWords, STATE_WORDS, stepBuffers, stepWords, type StepBuffers } from './step-buffers.js';

/** What steps in a batch: a stream, or the trial steps at load. */
export interface BatchMember {
  /** Whether a step waits to be run. */
  readonly hasStep: boolean;
  /** Takes the next step: writes its codes to `to` from `at` and returns its position. */
  takeStep(to: Uint32Array, at: number): number;
  /** The token to feed the next step where the GPU does not have it, else undefined. Read before `takeStep`. */
  readonly forcedToken: number | undefined;
  /** The result of the oldest step in flight: words of `result` from byte `at`. */
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
  /** This device can do no more: a result did not come back. */
  readonly broken: (error: SttError) => void;
  /** The device goes on, but with less: `what` says how. */
  readonly limited: (what: string) => void;
}

export class Batch {
  readonly #parts: BatchParts;
  readonly #memory: Buffers;
  readonly #buffers: StepBuffers;
  readonly #plan: Plan;
  readonly #readBack: ReadBack<BatchMember>;
  readonly #seats: (BatchMember | undefined)[];
  #rings: GPUBuffer[] = [];
  /** Seats the rings have room for. */
  #capacity = 0;
  /** By sessions that step together; filled as streams join. */
  readonly #dispatches: (readonly Dispatch[] | undefined)[] = [];
  readonly #compiled = new Set<number>();
  /** Sessions' inputs of one step, filled anew each time. */
  readonly #input: Uint32Array<ArrayBuffer>;
  readonly #angles: Float32Array<ArrayBuffer>;
  readonly #state = new Uint32Array(STATE_WORDS);
  #growing: Promise<void> = Promise.resolve();
  /** Whose turn it is first. */
  #next = 0;
  #isOpen = true;

  constructor(parts: BatchParts) {
    const { gpu, config, plan } = parts;
    this.#parts = parts;
    this.#memory = new Buffers(gpu.device, 'lm bank');
    this.#buffers = stepBuffers(this.#memory, config);
    this.#plan = plan(this.#memory, this.#buffers);
    this.#seats = Array.from({ length: this.#plan.seats }, () => undefined);
    this.#readBack = new ReadBack(
      this.#memory,
      this.#plan.seats * resultWords(config) * 4,
      (result, step) => this.#deliver(result, step),
      (error) => this.#broken(error),
    );
    this.#input = new Uint32Array(this.#plan.seats * stepWords(config));
    this.#angles = new Float32Array(this.#input.buffer);
  }

  get isFull(): boolean {
    return this.#seats.every((seat) => seat !== undefined);
  }

  /** Dispatches of a step of one session. */
  get dispatches(): number {
    return this.#dispatches[1]?.length ?? 0;
  }

  /** Bytes of one session's keys and values. */
  get ringBytes(): number {
    return this.#plan.ringBytes * this.#parts.config.numLayers;
  }

  /** Makes and compiles what one session needs. Rejects with what the GPU says of it. */
  async prepare(): Promise<void> {
    const grown = this.#growing.then(() => this.#grow(1));
    // What goes wrong is told here, and is no reason for the next one to fail.
    this.#growing = grown.catch(() => undefined);
    await grown;
    await this.#compile(1);
  }

  /**
   * Gives `stream` a seat, at once where the rings have room for it. With the second stream, steps of two are compiled
   * while both run one at a time. A stream that finds no memory fails alone.
   */
  join(stream: BatchMember): void {
    const seat = this.#seats.indexOf(undefined);
    if (seat < 0) throw new SttError('internal', 'lm: the bank is full');
    this.#seats[seat] = stream;
    if (seat >= this.#capacity) this.#growing = this.#growing.then(() => this.#makeRoom(seat, stream));
    const count = this.#seats.filter(Boolean).length;
    if (count > 1) {
      this.#growing
        .then(() => this.#compile(count))
        // Streams then step in smaller company. A lost device is told of by itself.
        .catch((cause: unknown) =>
          this.#parts.limited(SttError.from(cause, `steps of ${count}`, 'gpu-failed').message),
        );
    }
  }

  leave(stream: BatchMember): void {
    const seat = this.#seats.indexOf(stream);
    if (seat >= 0) this.#seats[seat] = undefined;
  }

  /** Submits every step that waits, as far as results have room; the rest follows when results are back. */
  flush(): void {
    if (this.#most() === 0) return;
    while (this.#isOpen && this.#readBack.hasRoom && this.#hasStep()) this.#submit();
  }

  /** [V] f32: a session's logits of the bank's last step, `index` th in it. Waits for the GPU; for tests and traces. */
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

  /** Gives everything back; the streams that sit here fail with `error`. */
  giveUp(error: SttError): void {
    this.close();
    for (const stream of this.#seats) stream?.fail(error);
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
    const most = this.#most();
    const count = this.#capacity;
    const first = this.#next;
    for (let i = 0; i < count && step.owners.length < most; i++) {
      const seat = (first + i) % count;
      const stream = this.#seats[seat];
      if (!stream?.hasStep) continue;
      const at = step.owners.length * words;
      const token = stream.forcedToken;
      const position = stream.takeStep(this.#input, at + 1);
      if (token !== undefined) {
        this.#state[0] = token;
        this.#state[1] = position;
        queue.writeBuffer(state, seat * STATE_WORDS * 4, this.#state);
      }
      this.#input[at] = seat;
      rotation.write(this.#angles, at + 1 + config.nQ, position);
      step.owners.push(stream);
      this.#next = seat + 1;
    }
    const batch = step.owners.length;
    const dispatches = this.#dispatches[batch];
    // A submit without them would answer what the step before it did.
    if (!dispatches) throw new SttError('internal', `lm: a step of ${batch} sessions is not compiled`);
    queue.writeBuffer(input, 0, this.#input, 0, batch * words);
    const encoder = gpu.device.createCommandEncoder();
    encode(encoder, dispatches);
    this.#readBack.copy(encoder, result, step);
    queue.submit([encoder.finish()]);
    this.#readBack.read(step);
    meter.submitted(batch);
  }

  /** Whether a stream whose ring is there has a step to run. */
  #hasStep(): boolean {
    for (let seat = 0; seat < this.#capacity; seat++) if (this.#seats[seat]?.hasStep) return true;
    return false;
  }

  /** Sessions that may step together now: as many as are compiled for, and any fewer too. None before `prepare`. */
  #most(): number {
    let most = 0;
    while (this.#dispatches[most + 1]) most++;
    return most;
  }

  #deliver(result: DataView, { owners, submitted }: Pending<BatchMember>): void {
    if (!this.#isOpen) return;
    const bytes = resultWords(this.#parts.config) * 4;
    this.#parts.meter.read(owners.length, performance.now() - submitted);
    for (const [i, owner] of owners.entries()) {
      // Whoever was told before may have taken the device away. The others are told once it is replaced.
      if (result.buffer.byteLength === 0) return;
      try {
        owner.deliver(result, i * bytes);
      } catch (cause) {
        // Whoever listens to one stream must not cost the others their results.
        owner.fail(SttError.from(cause, this.#parts.name));
      }
    }
    // The buffer just read is free again once this returns.
    queueMicrotask(() => this.flush());
  }

  #broken(error: SttError): void {
    if (this.#isOpen) this.#parts.broken(error);
  }

  async #makeRoom(seat: number, stream: BatchMember): Promise<void> {
    try {
      await this.#grow(seat + 1);
    } catch (cause) {
      this.leave(stream);
      stream.fail(SttError.from(cause, `${this.#parts.name}: session ${seat + 1}`, 'gpu-failed'));
    }
    this.flush();
  }

  /** Makes the rings large enough; streams that run meanwhile keep their keys and values. */
  async #grow(seats: number): Promise<void> {
    if (seats <= this.#capacity) return;
    const { gpu } = this.#parts;
    const { ringBytes } = this.#plan;
    const roomy = Math.min(this.#plan.seats, Math.max(seats, 2 * this.#capacity));
    const { rings, capacity } = await this.#makeRings(roomy).catch(async (cause: unknown) => {
      if (roomy === seats) throw cause;
      return this.#makeRings(seats);
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
    // What was bound to the old rings is bound anew.
    for (const batch of this.#compiled) this.#bind(batch);
  }

  /** Rings of `capacity` seats, or none: rejects with `out-of-memory` and keeps nothing. */
  async #makeRings(capacity: number): Promise<{ rings: GPUBuffer[]; capacity: number }> {
    const { gpu, config, name } = this.#parts;
    const bytes = capacity * this.#plan.ringBytes;
    const rings: GPUBuffer[] = [];
    const what = `${name}: ${config.numLayers} × ${bytes} bytes for keys and values of ${capacity} sessions`;
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

  async #compile(batch: number): Promise<void> {
    if (this.#compiled.has(batch)) return;
    const { gpu, kernels, name } = this.#parts;
    await kernels.compile(this.#plan.calls(this.#rings, batch));
    if (!this.#isOpen || this.#compiled.has(batch)) return;
    this.#compiled.add(batch);
    try {
      await checked(gpu.device, `${name}: a step of ${batch}`, () => this.#bind(batch));
    } catch (cause) {
      this.#compiled.delete(batch);
      this.#dispatches[batch] = undefined;
      throw cause;
    }
    this.flush();
  }

  #bind(batch: number): void {
    const { kernels } = this.#parts;
    this.#dispatches[batch] = this.#plan.calls(this.#rings, batch).map((call) => kernels.dispatch(call));
  }
}
