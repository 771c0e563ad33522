/** Brings each step's result from the GPU to the host through buffers that take turns; nobody waits for one. */
import type { Buffers } from '../../gpu/buffers.js';
import { SttError } from '../../errors.js';

/** Steps that may be under way at once: more than a GPU is ever behind, few enough to cost nothing. */
const DEPTH = 8;

export class ReadBack {
  readonly #free: GPUBuffer[];
  readonly #bytes: number;
  readonly #deliver: (words: Uint32Array) => void;
  readonly #broken: (error: SttError) => void;
  /** Mappings resolve in the order of their submits. */
  #pending = 0;

  /** `deliver` gets [bytes / 4] u32, a view that is gone when it returns. */
  constructor(
    memory: Buffers,
    bytes: number,
    deliver: (words: Uint32Array) => void,
    broken: (error: SttError) => void,
  ) {
    this.#bytes = bytes;
    this.#deliver = deliver;
    this.#broken = broken;
    this.#free = Array.from({ length: DEPTH }, (_, i) => memory.readBack(`result ${i}`, bytes));
  }

  /** Whether another step may be submitted now. */
  get hasRoom(): boolean {
    return this.#free.length > 0;
  }

  /** Results under way. */
  get pending(): number {
    return this.#pending;
  }

  /** Adds the copy of `result` to a step's commands; call `read` with what it answers, after the submit. */
  copy(encoder: GPUCommandEncoder, result: GPUBuffer): GPUBuffer {
    const buffer = this.#free.shift();
    if (!buffer) throw new SttError('internal', `read-back: ${DEPTH} results are under way already`);
    encoder.copyBufferToBuffer(result, 0, buffer, 0, this.#bytes);
    return buffer;
  }

  read(buffer: GPUBuffer): void {
    this.#pending++;
    buffer.mapAsync(GPUMapMode.READ).then(
      () => {
        this.#pending--;
        this.#deliver(new Uint32Array(buffer.getMappedRange(0, this.#bytes)));
        buffer.unmap();
        this.#free.push(buffer);
      },
      (cause: unknown) => {
        this.#pending--;
        this.#broken(SttError.from(cause, 'A step’s result did not come back', 'gpu-device-lost'));
      },
    );
  }
}
