/** SEANet: strided causal convolutions that turn 1 920 samples into two vectors. */
import { SttError } from '../errors.js';
import { planConv, type Outputs } from './conv.js';
import { parallel, type Frame, type Window } from './frame.js';
import { BatchedConv } from './batched-conv.js';
import type { MimiWeights, SeanetStage } from './weights.js';

/** The first stage has by far the most rows, too many for a cache: it runs in parts of at least this many. */
const MIN_PART_ROWS = 240;

/** A stage and its buffers. Each convolution writes its ELU straight into the window of the next. */
interface Block {
  readonly stage: SeanetStage;
  /** Parts per frame, of T rows each. */
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
 * pcm [slots, T, 1] → x [slots, T / ∏strides, dimension] f32; returns x's pointer.
 * Rows are time, columns channels, so that a convolution's window is contiguous. Slots run the stages one by one, and the last
 * two convolutions, which hold most of the weights, as a batch.
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
  parallel(frames, (own, slot) => down.gather(own, slot, planStages(own, w, pcm + slot * frameSize * 4, frameSize)));
  down.multiply(frame, frames.length);

  const x = frame.perSlot('seanet', T * w.last.N);
  const last = new BatchedConv(frame, 'last', w.last, T, x);
  parallel(frames, (own, slot) => {
    const window = own.window('last', w.last.taps - 1, T, final.N);
    const n = T * final.N;
    own.restore(window);
    own.plan.op('elu', { x: y + slot * n * 4, y: window.rows, n });
    own.save(window);
    last.gather(own, slot, window);
  });
  last.multiply(frame, frames.length);
  return { x, T };
}

/**
 * Appends everything before the last stage's strided convolution; returns the window of that convolution, which the next call
 * overwrites for another slot.
 */
function planStages(frame: Frame, w: MimiWeights, pcm: number, frameSize: number): Window {
  const { plan } = frame;
  const blocks: Block[] = [];
  let parts = w.stages.length > 1 ? partsOf(frameSize, w.stages[0]?.down.stride ?? 1) : 1;
  const samples = frame.window('samples', w.first.taps - 1, frameSize / parts, 1);
  let T = frameSize;
  let C = w.first.N;
  for (const [i, stage] of w.stages.entries()) {
    blocks.push(block(frame, stage, i, parts, T / parts, C));
    T /= stage.down.stride;
    C = stage.down.N;
    parts = 1;
  }

  /** Outputs of the convolution before a stage, from row `row` on. */
  const input = ({ x, residual }: Block, row: number): Outputs => {
    const at = row * residual.C * 4;
    return { y: x + at, activated: residual.rows + at };
  };
  for (const [i, b] of blocks.entries()) {
    const { down } = b.stage;
    const next = blocks[i + 1];
    for (let part = 0; part < b.parts; part++) {
      if (i === 0) {
        frame.restore(samples);
        plan.op('copy', { from: pcm + part * samples.T * 4, to: samples.rows, bytes: samples.T * 4 });
        frame.save(samples);
        planConv(frame, w.first, samples, input(b, 0));
      }
      planBlock(frame, b);
      if (next) planConv(frame, down, b.shrunk, input(next, (part * b.shrunk.T) / down.stride));
    }
  }
  return lastOf(blocks).shrunk;
}

function lastOf<T>(items: readonly T[]): T {
  const item = items[items.length - 1];
  if (item === undefined) throw new SttError('internal', 'mimi: the encoder has no stages');
  return item;
}

/** Parts of a frame in the first stage: each is a whole number of pairs of outputs. */
function partsOf(T: number, stride: number): number {
  return [8, 4, 2].find((parts) => T % (parts * stride * 2) === 0 && T / parts >= MIN_PART_ROWS) ?? 1;
}

function block(frame: Frame, stage: SeanetStage, i: number, parts: number, T: number, C: number): Block {
  const { shrink, down } = stage;
  const { scratch } = frame;
  return {
    stage,
    parts,
    x: scratch.f32(`stage ${i}`, T * C),
    residual: frame.window(`residual ${i}`, shrink.taps - 1, T, C),
    inside: uncarried(scratch.f32(`inside ${i}`, T * shrink.N), T, shrink.N),
    shrunk: frame.window(`down ${i}`, down.taps - down.stride, T, C),
  };
}

/** Appends ELU(x + grow(ELU(shrink(ELU(x))))). */
function planBlock(frame: Frame, { stage, x, residual, inside, shrunk }: Block): void {
  frame.restore(residual);
  frame.save(residual);
  planConv(frame, stage.shrink, residual, { activated: inside.rows });
  frame.restore(shrunk);
  planConv(frame, stage.grow, inside, { before: x, activated: shrunk.rows });
  frame.save(shrunk);
}

/** A window without carried rows: the input of a convolution of one tap. */
function uncarried(rows: number, T: number, C: number): Window {
  return { head: rows, rows, carry: 0, T, C, saved: 0 };
}
