/** Reads each step's results back from the GPU, through a few buffers in turn, and delivers them in the order of their submits. */
import type { Buffers } from '../../gpu/buffers.js';
import { SttError } from '../../errors.js';

/** Steps that may be in flight at once: more than a GPU is ever behind, few enough to cost nothing. */
const DEPTH = 8;

/** A step in flight. */
export interface Pending<Owner> {
  readonly buffer: GPUBuffer;
  /** Whose results these are, in the order they lie; filled before the submit. */
  readonly owners: Owner[];
  /** `performance.now()` at the submit, or NaN where the GPU had other work. */
  submitted: number;
}

/** A step that was submitted, and what came of mapping its buffer; undefined until then. */
interface Submitted<Owner> {
  readonly step: Pending<Owner>;
  mapping: PromiseSettledResult<unknown> | undefined;
}

export class ReadBack<Owner> {
  readonly #free: Pending<Owner>[];
  readonly #bytes: number;
  readonly #deliver: (result: DataView, step: Pending<Owner>) => void;
  readonly #broken: (error: SttError) => void;
  /** In the order of their submits. */
  readonly #submitted: Submitted<Owner>[] = [];
  #isBroken = false;

  /**
   * `deliver` gets a view of `bytes` bytes that is gone when it returns, in the order of the calls of `read`, whatever
   * order their buffers are mapped in. `broken` is called once, for the first step whose result is lost, after all steps
   * before it; nothing is delivered from then on.
   */
  constructor(
    memory: Buffers,
    bytes: number,
    deliver: (result: DataView, step: Pending<Owner>) => void,
    broken: (error: SttError) => void,
  ) {
    this.#bytes = bytes;
    this.#deliver = deliver;
    this.#broken = broken;
    this.#free = Array.from({ length: DEPTH }, (_, i) => ({
      buffer: memory.readBack(`result ${i}`, bytes),
      owners: [],
      submitted: NaN,
    }));
  }

  /** Whether another step may be submitted now. */
  get hasRoom(): boolean {
    return this.#free.length > 0;
  }

  /** Takes a buffer for a step; give it to `copy`, then to `read`. */
  take(): Pending<Owner> {
    const step = this.#free.shift();
    if (!step) throw new SttError('internal', `read-back: ${DEPTH} results are in flight already`);
    step.owners.length = 0;
    return step;
  }

  /** Adds the copy of `result` to a step's commands. */
  copy(encoder: GPUCommandEncoder, result: GPUBuffer, { buffer }: Pending<Owner>): void {
    encoder.copyBufferToBuffer(result, 0, buffer, 0, this.#bytes);
  }

  /** After the submit: delivers the result when it is there. */
  read(step: Pending<Owner>): void {
    step.submitted = this.#submitted.length === 0 ? performance.now() : NaN;
    const submitted: Submitted<Owner> = { step, mapping: undefined };
    this.#submitted.push(submitted);
    // WebGPU orders the mappings of one buffer only; Firefox does resolve those of several in another order.
    void Promise.allSettled([step.buffer.mapAsync(GPUMapMode.READ)]).then(([mapping]) => {
      submitted.mapping = mapping;
      this.#deliverMapped();
    });
  }

  /** Delivers the oldest steps, up to the first that is not mapped yet. */
  #deliverMapped(): void {
    for (let oldest = this.#submitted[0]; oldest?.mapping && !this.#isBroken; oldest = this.#submitted[0]) {
      this.#submitted.shift();
      const { step, mapping } = oldest;
      let result: DataView;
      try {
        if (mapping.status === 'rejected') throw mapping.reason;
        // The device may be lost between the mapping and this.
        result = new DataView(step.buffer.getMappedRange(0, this.#bytes));
      } catch (cause) {
        this.#isBroken = true;
        this.#broken(SttError.from(cause, 'A step’s result was lost', 'gpu-device-lost'));
        return;
      }
      this.#deliver(result, step);
      step.buffer.unmap();
      this.#free.push(step);
    }
  }
}
