/** One convolution of every seat at once, where its weights are what it costs: they are read once for all of them. */
import { planConv, type Conv } from './conv.js';
import type { Frame, Window } from './frame.js';

/** First `take` each seat's window, then `finish`. */
export class BatchedConv {
  readonly #conv: Conv;
  /** Rows that one seat yields. */
  readonly #rows: number;
  /** [seats, rows, K] f32: what each output sees, side by side. Unused where seats go one by one. */
  readonly #seen: number;
  readonly #y: number;

  /** `y` [seats, rows, N] f32, the sums. */
  constructor(frame: Frame, name: string, conv: Conv, rows: number, y: number) {
    this.#conv = conv;
    this.#rows = rows;
    this.#y = y;
    this.#seen = this.#isShared ? frame.perSlot(`${name} sees`, rows * conv.K) : 0;
  }

  /** Rows enough to hide the reading of the weights gain nothing from company. */
  get #isShared(): boolean {
    return this.#conv.kernel === 'stream';
  }

  /** The window of seat `seat` is complete, and may be written anew afterwards. */
  gather(frame: Frame, seat: number, x: Window): void {
    const { K, N, stride } = this.#conv;
    const rows = this.#rows;
    if (!this.#isShared) return planConv(frame, this.#conv, x, { y: this.#y + seat * rows * N * 4 });
    const bytes = K * 4;
    for (let row = 0; row < rows; row++) {
      const from = x.head + row * stride * x.C * 4;
      frame.plan.op('copy', { from, to: this.#seen + (seat * rows + row) * bytes, bytes });
    }
  }

  /** Every seat of `seats` has been taken. */
  multiply({ plan }: Frame, seats: number): void {
    if (!this.#isShared) return;
    const { weights: W, bias, N, K } = this.#conv;
    const M = seats * this.#rows;
    const [x, y] = [this.#seen, this.#y];
    plan.op('gemm', { x, xStride: K * 4, M, W, K, N, bias, scale: 0, y, yStride: N * 4, add: 0 });
  }
}
