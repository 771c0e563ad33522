/** What the stages of the codec's plan need for one slot: the plan builder, scratch buffers, the stream's state. */
import type { Scratch, StateLayout } from '../wasm/state-blocks.js';
import type { PlanBuilder } from '../wasm/plan.js';

/** Streams per plan at most. A core can multiply two in the time it takes to read a linear layer's weights. */
export const MIMI_SLOTS = 2;

/** The input of a causal convolution: `carry` rows from the previous frame, then this frame's `T` rows. */
export interface Window {
  /** Pointer to the first carried row, where the convolution starts to read. */
  readonly head: number;
  /** Pointer to this frame's first row, where the previous layer writes. */
  readonly rows: number;
  readonly carry: number;
  readonly T: number;
  readonly C: number;
  /** Pointer to the carried rows in the stream's state. */
  readonly saved: number;
}

export class Frame {
  readonly plan: PlanBuilder;
  /** Separate for each slot if threads may run slots at the same time. */
  readonly scratch: Scratch;
  readonly state: StateLayout;

  constructor(plan: PlanBuilder, scratch: Scratch, state: StateLayout) {
    this.plan = plan;
    this.scratch = scratch;
    this.state = state;
  }

  /** A scratch buffer of [MIMI_SLOTS, floats] f32. */
  perSlot(name: string, floats: number): number {
    return this.scratch.f32(name, MIMI_SLOTS * floats);
  }

  /** A window of [carry + T, C] f32 named `name`. */
  window(name: string, carry: number, T: number, C: number): Window {
    const head = this.scratch.f32(name, (carry + T) * C);
    const saved = carry > 0 ? this.state.words(carry * C) : 0;
    return { head, rows: head + carry * C * 4, carry, T, C, saved };
  }

  /** Copies the carried rows from the state; zeros at the start of a stream. Call before `save`. */
  restore({ head, carry, C, saved }: Window): void {
    if (carry > 0) this.plan.op('copy', { from: saved, to: head, bytes: carry * C * 4 });
  }

  /** Copies the last rows to the state, for the next frame. Call once the window's rows are written. */
  save({ head, carry, T, C, saved }: Window): void {
    if (carry > 0) this.plan.op('copy', { from: head + T * C * 4, to: saved, bytes: carry * C * 4 });
  }
}

/** Appends one parallel branch per slot, see `PlanBuilder.parallel`. */
export function parallel(frames: readonly [Frame, ...Frame[]], write: (frame: Frame, slot: number) => void): void {
  frames[0].plan.parallel(frames.length, (slot) => {
    const frame = frames[slot];
    if (frame) write(frame, slot);
  });
}
