/** SEANet: 1 920 samples to two vectors, by strided causal convolutions. */
import { planConv } from './conv.js';
import type { Frame, Window } from './frame.js';
import type { MimiWeights } from './weights.js';

/**
 * pcm [T, 1] → x [T / ∏strides, dimension] f32; returns x's pointer.
 * Rows are time, columns channels, so that a convolution's window is one run of memory. Every ELU is written by the
 * convolution before it, straight into the window of the one after it.
 */
export function planSeanet(frame: Frame, w: MimiWeights, pcm: number, frameSize: number): { x: number; T: number } {
  const { plan, scratch } = frame;
  let T = frameSize;
  const sound = frame.window('sound', w.first.taps - 1, T, 1);
  plan.op('copy', { from: pcm, to: sound.rows, bytes: T * 4 });
  frame.keep(sound);

  // The convolution that feeds the next stage, and what it reads.
  let feed = w.first;
  let from = sound;
  for (const [i, { shrink, grow, down }] of w.stages.entries()) {
    // x + grow(ELU(shrink(ELU(x)))): the identity shortcut.
    const C = feed.N;
    const x = scratch.f32(`stage ${i}`, T * C);
    const residual = frame.window(`residual ${i}`, shrink.taps - 1, T, C);
    planConv(frame, feed, from, { y: x, activated: residual.rows });
    frame.keep(residual);
    const inside = unkept(scratch.f32(`inside ${i}`, T * shrink.N), T, shrink.N);
    planConv(frame, shrink, residual, { activated: inside.rows });
    const shrunk = frame.window(`down ${i}`, down.taps - down.stride, T, C);
    planConv(frame, grow, inside, { before: x, activated: shrunk.rows });
    frame.keep(shrunk);
    [feed, from] = [down, shrunk];
    T /= down.stride;
  }

  const last = frame.window('last', w.last.taps - 1, T, feed.N);
  planConv(frame, feed, from, { activated: last.rows });
  frame.keep(last);
  const x = scratch.f32('seanet', T * w.last.N);
  planConv(frame, w.last, last, { y: x });
  return { x, T };
}

/** Rows that nothing from the last frame stands before: the input of a convolution of one tap. */
function unkept(rows: number, T: number, C: number): Window {
  return { head: rows, rows, carry: 0, T, C, saved: 0 };
}
