/** Brings each step's results from the GPU to the host through buffers that take turns; nobody waits for one. */
import type { Buffers } from '../../gpu/buffers.js';
import { SttError } from '../../errors.js';

/** Steps that may be under way at once: more than a GPU is ever behind, few enough to cost nothing. */
const DEPTH = 8;

/** A step under way. */
export interface Pending<Owner> {
  readonly buffer: GPUBuffer;
  /** Whose results these are, in the order they lie; filled before the submit. */
  readonly owners: Owner[];
  /** `performance.now()` at the submit, or NaN where the GPU had other work. */
  submitted: number;
}

export class ReadBack<Owner> {
  readonly #free: Pending<Owner>[];
  readonly #bytes: number;
  readonly #deliver: (result: DataView, step: Pending<Owner>) => void;
  readonly #broken: (error: SttError) => void;
  #pending = 0;

  /** `deliver` gets a view of `bytes` bytes that is gone when it returns. Mappings resolve in the order of their submits. */
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

  /** Results under way. */
  get pending(): number {
    return this.#pending;
  }

  /** Takes a buffer for a step; give it to `copy`, then to `read`. */
  take(): Pending<Owner> {
    const step = this.#free.shift();
    if (!step) throw new SttError('internal', `read-back: ${DEPTH} results are under way already`);
    step.owners.length = 0;
    return step;
  }

  /** Adds the copy of `result` to a step's commands. */
  copy(encoder: GPUCommandEncoder, result: GPUBuffer, { buffer }: Pending<Owner>): void {
    encoder.copyBufferToBuffer(result, 0, buffer, 0, this.#bytes);
  }

  /** After the submit: has the result delivered when it is there. */
  read(step: Pending<Owner>): void {
    step.submitted = this.#pending === 0 ? performance.now() : NaN;
    this.#pending++;
    const mapped = step.buffer.mapAsync(GPUMapMode.READ);
    // The device may go between the mapping and this, too.
    const view = mapped.then(() => new DataView(step.buffer.getMappedRange(0, this.#bytes)));
    view.then(
      (result) => {
        this.#pending--;
        this.#deliver(result, step);
        step.buffer.unmap();
        this.#free.push(step);
      },
      (cause: unknown) => {
        this.#pending--;
        this.#broken(SttError.from(cause, 'A step’s result did not come back', 'gpu-device-lost'));
      },
    );
  }
}
