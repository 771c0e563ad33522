/** SEANet: 1 920 samples to two vectors, by strided causal convolutions. */
import { planConv, type Outputs } from './conv.js';
import type { Frame, Window } from './frame.js';
import type { MimiWeights, SeanetStage } from './weights.js';

/** The fewest rows that the first stage takes at a time. It has the most by far, and all of them fit no cache. */
const PART = 240;

/** A stage and its buffers. Every ELU is written by the convolution before it, straight into the window after it. */
interface Block {
  readonly stage: SeanetStage;
  /** How many times its T rows make a frame. */
  readonly parts: number;
  /** [T, C] f32 */
  readonly x: number;
  /** ELU(x) */
  readonly residual: Window;
  /** ELU(shrink(ELU(x))) */
  readonly inside: Window;
  /** ELU(x + grow(…)) */
  readonly shrunk: Window;
}

/**
 * pcm [T, 1] → x [T / ∏strides, dimension] f32; returns x's pointer.
 * Rows are time, columns channels, so that a convolution's window is one run of memory.
 */
export function planSeanet(frame: Frame, w: MimiWeights, pcm: number, frameSize: number): { x: number; T: number } {
  const { plan, scratch } = frame;
  const blocks: Block[] = [];
  let parts = partsOf(frameSize, w.stages[0]?.down.stride ?? 1);
  const sound = frame.window('sound', w.first.taps - 1, frameSize / parts, 1);
  let T = frameSize;
  let C = w.first.N;
  for (const [i, stage] of w.stages.entries()) {
    blocks.push(block(frame, stage, i, parts, T / parts, C));
    T /= stage.down.stride;
    C = stage.down.N;
    parts = 1;
  }
  const last = frame.window('last', w.last.taps - 1, T, C);

  /** Where the rows of stage i go from `row` on: x and its ELU, or after the last stage the last window. */
  const input = (i: number, row: number): Outputs => {
    const next = blocks[i];
    if (!next) return { activated: last.rows + row * last.C * 4 };
    const at = row * next.residual.C * 4;
    return { y: next.x + at, activated: next.residual.rows + at };
  };
  for (const [i, b] of blocks.entries()) {
    const { down } = b.stage;
    for (let part = 0; part < b.parts; part++) {
      if (i === 0) {
        frame.bring(sound);
        plan.op('copy', { from: pcm + part * sound.T * 4, to: sound.rows, bytes: sound.T * 4 });
        frame.keep(sound);
        planConv(frame, w.first, sound, input(0, 0));
      }
      planBlock(frame, b);
      planConv(frame, down, b.shrunk, input(i + 1, (part * b.shrunk.T) / down.stride));
    }
  }
  frame.bring(last);
  frame.keep(last);
  const x = scratch.f32('seanet', T * w.last.N);
  planConv(frame, w.last, last, { y: x });
  return { x, T };
}

/** In how many parts the first stage takes a frame: each a whole number of pairs of outputs. */
function partsOf(T: number, stride: number): number {
  return [8, 4, 2].find((parts) => T % (parts * stride * 2) === 0 && T / parts >= PART) ?? 1;
}

function block(frame: Frame, stage: SeanetStage, i: number, parts: number, T: number, C: number): Block {
  const { shrink, down } = stage;
  const { scratch } = frame;
  return {
    stage,
    parts,
    x: scratch.f32(`stage ${i}`, T * C),
    residual: frame.window(`residual ${i}`, shrink.taps - 1, T, C),
    inside: unkept(scratch.f32(`inside ${i}`, T * shrink.N), T, shrink.N),
    shrunk: frame.window(`down ${i}`, down.taps - down.stride, T, C),
  };
}

/** x + grow(ELU(shrink(ELU(x)))), the identity shortcut, and ELU of that. */
function planBlock(frame: Frame, { stage, x, residual, inside, shrunk }: Block): void {
  frame.bring(residual);
  frame.keep(residual);
  planConv(frame, stage.shrink, residual, { activated: inside.rows });
  frame.bring(shrunk);
  planConv(frame, stage.grow, inside, { before: x, activated: shrunk.rows });
  frame.keep(shrunk);
}

/** Rows that nothing from the last frame stands before: the input of a convolution of one tap. */
function unkept(rows: number, T: number, C: number): Window {
  return { head: rows, rows, carry: 0, T, C, saved: 0 };
}
