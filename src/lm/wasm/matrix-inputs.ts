/** Copies what each matrix of a step is multiplied with, for the calibration of its rounding. */
import type { WasmHost } from '../../wasm/host.js';
import type { PlanBuilder } from '../../wasm/plan.js';

export class MatrixInputs {
  readonly #host: WasmHost;
  readonly #copies = new Map<string, { readonly address: number; readonly length: number }>();

  constructor(host: WasmHost) {
    this.#host = host;
  }

  /** Plans a copy of `x` [length] f32, the input of the matrix `name`. All plans share the copy. */
  record(plan: PlanBuilder, name: string, x: number, length: number): void {
    const copy = this.#copies.get(name) ?? { address: this.#host.arena.alloc(4 * length, `${name} input`), length };
    this.#copies.set(name, copy);
    plan.op('copy', { from: x, to: copy.address, bytes: 4 * length });
  }

  /** The input of each matrix in the last step, of the stream in slot 0: views, valid until memory grows. */
  *views(): Generator<readonly [name: string, input: Float32Array]> {
    const { f32 } = this.#host.arena;
    for (const [name, { address, length }] of this.#copies)
      yield [name, f32.subarray(address / 4, address / 4 + length)];
  }
}
