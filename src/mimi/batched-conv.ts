/** A convolution over all slots at once: convolutions bound by memory read their weights once for all streams. */
import { planConv, type Conv } from './conv.js';
import type { Frame, Window } from './frame.js';

/** Call `gather` for each slot's window, then `multiply`. */
export class BatchedConv {
  readonly #conv: Conv;
  /** Output rows of one slot. */
  readonly #rows: number;
  /** [slots, rows, K] f32: the inputs of each output row, gathered. 0 if slots are computed one by one. */
  readonly #gathered: number;
  readonly #y: number;

  /** `y` [slots, rows, N] f32, the outputs. */
  constructor(frame: Frame, name: string, conv: Conv, rows: number, y: number) {
    this.#conv = conv;
    this.#rows = rows;
    this.#y = y;
    this.#gathered = this.#isBatched ? frame.perSlot(`${name} inputs`, rows * conv.K) : 0;
  }

  /** Convolutions of many rows are bound by arithmetic and gain nothing from a batch. */
  get #isBatched(): boolean {
    return this.#conv.kernel === 'stream';
  }

  /** Reads the complete window of slot `slot`, which may be overwritten afterwards. */
  gather(frame: Frame, slot: number, x: Window): void {
    const { K, N, stride } = this.#conv;
    const rows = this.#rows;
    if (!this.#isBatched) return planConv(frame, this.#conv, x, { y: this.#y + slot * rows * N * 4 });
    const bytes = K * 4;
    for (let row = 0; row < rows; row++) {
      const from = x.head + row * stride * x.C * 4;
      frame.plan.op('copy', { from, to: this.#gathered + (slot * rows + row) * bytes, bytes });
    }
  }

  /** Computes the outputs of `slots` slots, once all are gathered. */
  multiply({ plan }: Frame, slots: number): void {
    if (!this.#isBatched) return;
    const { weights: W, bias, N, K } = this.#conv;
    const M = slots * this.#rows;
    const [x, y] = [this.#gathered, this.#y];
    plan.op('gemm', { x, xStride: K * 4, M, W, K, N, bias, scale: 0, y, yStride: N * 4, add: 0 });
  }
}
