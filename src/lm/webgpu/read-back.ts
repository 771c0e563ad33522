/** Reads the results of steps back from the GPU through a few rotating buffers, and delivers them in submission order. */
import type { Buffers } from '../../gpu/buffers.js';
import { SttError } from '../../errors.js';

/** Steps that may be in flight at once: more than a GPU is ever behind, at a negligible cost in memory. */
const DEPTH = 8;

/** A step in flight. */
export interface PendingStep<Owner> {
  readonly buffer: GPUBuffer;
  /** The owners of the results in the buffer, in its order. Filled before the submit. */
  readonly owners: Owner[];
  /** `performance.now()` at the submit, or NaN where the GPU had other work. */
  submitted: number;
}

/** A submitted step. */
interface Submitted<Owner> {
  readonly step: PendingStep<Owner>;
  /** The outcome of mapping its buffer; undefined while it is mapped. */
  mapping: PromiseSettledResult<unknown> | undefined;
}

export class ReadBack<Owner> {
  readonly #free: PendingStep<Owner>[];
  readonly #bytes: number;
  readonly #deliver: (result: DataView, step: PendingStep<Owner>) => void;
  readonly #onLost: (error: SttError) => void;
  /** Oldest first. */
  readonly #submitted: Submitted<Owner>[] = [];
  #isLost = false;

  /**
   * @param deliver called in the order of `read`, whatever order the buffers are mapped in, with a view of `bytes` bytes
   *   that is valid until it returns
   * @param onLost called once, for the first step whose result is lost, after the results of all steps before it;
   *   nothing is delivered afterwards
   */
  constructor(
    memory: Buffers,
    bytes: number,
    deliver: (result: DataView, step: PendingStep<Owner>) => void,
    onLost: (error: SttError) => void,
  ) {
    this.#bytes = bytes;
    this.#deliver = deliver;
    this.#onLost = onLost;
    this.#free = Array.from({ length: DEPTH }, (_, i) => ({
      buffer: memory.readBack(`result ${i}`, bytes),
      owners: [],
      submitted: NaN,
    }));
  }

  /** Whether a buffer is free for another step. */
  get hasRoom(): boolean {
    return this.#free.length > 0;
  }

  /** Takes a buffer for a step. Pass it to `copy`, then to `read`. */
  take(): PendingStep<Owner> {
    const step = this.#free.shift();
    if (!step) throw new SttError('internal', `read-back: ${DEPTH} results are already in flight`);
    step.owners.length = 0;
    return step;
  }

  /** Adds the copy of `result` to a step's commands. */
  copy(encoder: GPUCommandEncoder, result: GPUBuffer, { buffer }: PendingStep<Owner>): void {
    encoder.copyBufferToBuffer(result, 0, buffer, 0, this.#bytes);
  }

  /** Called after the submit; delivers the result once its buffer is mapped. */
  read(step: PendingStep<Owner>): void {
    step.submitted = this.#submitted.length === 0 ? performance.now() : NaN;
    const submitted: Submitted<Owner> = { step, mapping: undefined };
    this.#submitted.push(submitted);
    // WebGPU orders the mappings of one buffer only; Firefox resolves those of several buffers out of order.
    void Promise.allSettled([step.buffer.mapAsync(GPUMapMode.READ)]).then(([mapping]) => {
      submitted.mapping = mapping;
      this.#deliverMapped();
    });
  }

  /** Delivers the oldest results, up to the first whose buffer is not mapped yet. */
  #deliverMapped(): void {
    for (let oldest = this.#submitted[0]; oldest?.mapping && !this.#isLost; oldest = this.#submitted[0]) {
      this.#submitted.shift();
      const { step, mapping } = oldest;
      let result: DataView;
      try {
        if (mapping.status === 'rejected') throw mapping.reason;
        // The device may have been lost since the mapping.
        result = new DataView(step.buffer.getMappedRange(0, this.#bytes));
      } catch (cause) {
        this.#isLost = true;
        this.#onLost(SttError.from(cause, 'A step’s result was lost', 'gpu-device-lost'));
        return;
      }
      this.#deliver(result, step);
      step.buffer.unmap();
      this.#free.push(step);
    }
  }
}
