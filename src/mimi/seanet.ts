/** SEANet: 1 920 samples to two vectors, by strided causal convolutions. */
import { SttError } from '../errors.js';
import { planConv, type Outputs } from './conv.js';
import { parallel, type Frame, type Window } from './frame.js';
import { BatchedConv } from './batched-conv.js';
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
 * pcm [seats, T, 1] → x [seats, T / ∏strides, dimension] f32; returns x's pointer.
 * Rows are time, columns channels, so that a convolution's window is one run of memory. Each seat goes through the stages by
 * itself, and all together through the last two convolutions, whose weights are most of the stage's.
 */
export function planSeanet(
  frames: readonly [Frame, ...Frame[]],
  w: MimiWeights,
  pcm: number,
  frameSize: number,
): { x: number; T: number } {
  const [frame] = frames;
  const final = lastOf(w.stages).down;
  const T = w.stages.reduce((rows, { down }) => rows / down.stride, frameSize);
  const y = frame.perSlot('downed', T * final.N);
  const down = new BatchedConv(frame, 'downed', final, T, y);
  parallel(frames, (own, seat) => down.gather(own, seat, planStages(own, w, pcm + seat * frameSize * 4, frameSize)));
  down.multiply(frame, frames.length);

  const x = frame.perSlot('seanet', T * w.last.N);
  const last = new BatchedConv(frame, 'last', w.last, T, x);
  parallel(frames, (own, seat) => {
    const window = own.window('last', w.last.taps - 1, T, final.N);
    const n = T * final.N;
    own.restore(window);
    own.plan.op('elu', { x: y + seat * n * 4, y: window.rows, n });
    own.save(window);
    last.gather(own, seat, window);
  });
  last.multiply(frame, frames.length);
  return { x, T };
}

/** Everything before the last stage's own convolution; its window, which the next call for another seat may write anew. */
function planStages(frame: Frame, w: MimiWeights, pcm: number, frameSize: number): Window {
  const { plan } = frame;
  const blocks: Block[] = [];
  let parts = w.stages.length > 1 ? partsOf(frameSize, w.stages[0]?.down.stride ?? 1) : 1;
  const sound = frame.window('sound', w.first.taps - 1, frameSize / parts, 1);
  let T = frameSize;
  let C = w.first.N;
  for (const [i, stage] of w.stages.entries()) {
    blocks.push(block(frame, stage, i, parts, T / parts, C));
    T /= stage.down.stride;
    C = stage.down.N;
    parts = 1;
  }

  /** Where the rows of stage i go from `row` on: x and its ELU. */
  const input = ({ x, residual }: Block, row: number): Outputs => {
    const at = row * residual.C * 4;
    return { y: x + at, activated: residual.rows + at };
  };
  for (const [i, b] of blocks.entries()) {
    const { down } = b.stage;
    const next = blocks[i + 1];
    for (let part = 0; part < b.parts; part++) {
      if (i === 0) {
        frame.restore(sound);
        plan.op('copy', { from: pcm + part * sound.T * 4, to: sound.rows, bytes: sound.T * 4 });
        frame.save(sound);
        planConv(frame, w.first, sound, input(b, 0));
      }
      planBlock(frame, b);
      if (next) planConv(frame, down, b.shrunk, input(next, (part * b.shrunk.T) / down.stride));
    }
  }
  return lastOf(blocks).shrunk;
}

function lastOf<T>(items: readonly T[]): T {
  const item = items[items.length - 1];
  if (item === undefined) throw new SttError('internal', 'mimi: an encoder without a stage');
  return item;
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
  frame.restore(residual);
  frame.save(residual);
  planConv(frame, stage.shrink, residual, { activated: inside.rows });
  frame.restore(shrunk);
  planConv(frame, stage.grow, inside, { before: x, activated: shrunk.rows });
  frame.save(shrunk);
}

/** Rows that nothing from the last frame stands before: the input of a convolution of one tap. */
function unkept(rows: number, T: number, C: number): Window {
  return { head: rows, rows, carry: 0, T, C, saved: 0 };
}
