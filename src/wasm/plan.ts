/** Writes a list of kernel calls into memory once, so that a frame is one call that replays it. */
import { SttError } from '../errors.js';
import type { WasmHost } from './host.js';
import { OP_NAMES, OPS, type OpArgs, type OpName } from './ops.js';

/** A plan laid out in memory. Replaying it allocates nothing. */
export interface Plan {
  /** Kernel calls in the plan. */
  readonly length: number;
  run(): void;
  /** Gives its memory back. */
  release(): void;
}

export class PlanBuilder {
  readonly #words: number[] = [];
  readonly #bits = new DataView(new ArrayBuffer(4));
  #length = 0;

  /** Appends one call. Every argument is checked to be a number that fits its place. */
  op<N extends OpName>(name: N, args: OpArgs<N>): this {
    this.#words.push(OP_NAMES.indexOf(name));
    for (const declared of OPS[name]) {
      const isFloat = declared.endsWith(':f');
      const key = isFloat ? declared.slice(0, -2) : declared;
      this.#words.push(this.#encode(name, key, (args as Record<string, number>)[key], isFloat));
    }
    this.#length++;
    return this;
  }

  #encode(op: string, key: string, value: number | undefined, isFloat: boolean): number {
    if (isFloat && value !== undefined && Number.isFinite(value)) {
      this.#bits.setFloat32(0, value);
      return this.#bits.getUint32(0);
    }
    if (!isFloat && value !== undefined && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff) return value;
    throw new SttError('internal', `plan: ${op}.${key} is ${String(value)}, expected ${isFloat ? 'an f32' : 'a u32'}`);
  }

  /** Lays the plan out in the host's memory. */
  build(host: WasmHost, what: string): Plan {
    const bytes = this.#words.length * 4;
    const start = host.arena.alloc(bytes, what);
    host.arena.u32.set(this.#words, start / 4);
    const end = start + bytes;
    const { run } = host.kernels;
    return {
      length: this.#length,
      run: () => {
        run(start, end);
      },
      release: () => {
        host.arena.release(start, bytes);
      },
    };
  }
}
