/** What the stages of the codec's plan share: the plan being written, scratch, the state of the stream in one seat. */
import type { Scratch, StateLayout } from '../wasm/state-blocks.js';
import type { PlanBuilder } from '../wasm/plan.js';

/** Streams that one plan encodes at most. Two are what a core can multiply while it reads a linear layer's weights once. */
export const MIMI_SLOTS = 2;

/** The input of a causal convolution: `carry` rows kept from the last frame, then this frame's `T` rows. */
export interface Window {
  /** Pointer to the first kept row: where the convolution starts reading. */
  readonly head: number;
  /** Pointer to this frame's first row: where the layer before writes. */
  readonly rows: number;
  readonly carry: number;
  readonly T: number;
  readonly C: number;
  readonly saved: number;
}

export class Frame {
  readonly plan: PlanBuilder;
  /** Its seat's own where threads may go through seats at the same time. */
  readonly scratch: Scratch;
  readonly state: StateLayout;

  constructor(plan: PlanBuilder, scratch: Scratch, state: StateLayout) {
    this.plan = plan;
    this.scratch = scratch;
    this.state = state;
  }

  /** A scratch buffer of [MIMI_SEATS, floats] f32: each stream's own, one after the other. */
  perSlot(name: string, floats: number): number {
    return this.scratch.f32(name, MIMI_SLOTS * floats);
  }

  /** A window of [carry + T, C] f32 named `name`. */
  window(name: string, carry: number, T: number, C: number): Window {
    const head = this.scratch.f32(name, (carry + T) * C);
    const saved = carry > 0 ? this.state.words(carry * C) : 0;
    return { head, rows: head + carry * C * 4, carry, T, C, saved };
  }

  /** Brings the kept rows in, before `keep`. Zeros at the start of a stream. */
  restore({ head, carry, C, saved }: Window): void {
    if (carry > 0) this.plan.op('copy', { from: saved, to: head, bytes: carry * C * 4 });
  }

  /** Call once the window's rows are written: keeps the last of them for the next rows. */
  save({ head, carry, T, C, saved }: Window): void {
    if (carry > 0) this.plan.op('copy', { from: head + T * C * 4, to: saved, bytes: carry * C * 4 });
  }
}

/** Appends what `write` appends for each seat, none of which touches what another's does: see `PlanBuilder.apart`. */
export function parallel(frames: readonly [Frame, ...Frame[]], write: (frame: Frame, seat: number) => void): void {
  frames[0].plan.parallel(frames.length, (seat) => {
    const frame = frames[seat];
    if (frame) write(frame, seat);
  });
}
