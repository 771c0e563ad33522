/** SEANet: 1 920 samples to two vectors, by strided causal convolutions. */
import type { Frame, Window } from './frame.js';
import type { MimiWeights } from './weights.js';

/**
 * pcm [T, 1] → x [T / ∏strides, dimension] f32; returns x's pointer.
 * Rows are time, columns channels, so that a convolution's window is one run of memory.
 */
export function planSeanet(frame: Frame, w: MimiWeights, pcm: number, frameSize: number): { x: number; T: number } {
  const { plan, scratch } = frame;
  let T = frameSize;
  const sound = frame.window('sound', w.first.taps - 1, T, 1);
  plan.op('copy', { from: pcm, to: sound.rows, bytes: T * 4 });
  frame.keep(sound);
  let C = w.first.matrix.N;
  let x = scratch.f32('stage 0', T * C);
  frame.conv(w.first, sound, 1, x);

  for (const [i, { stride, shrink, grow, down }] of w.stages.entries()) {
    // x += grow(ELU(shrink(ELU(x)))): the identity shortcut, in place.
    const inside = shrink.matrix.N;
    const h = scratch.f32(`inside ${i}`, T * inside);
    frame.conv(shrink, activated(frame, `residual ${i}`, x, shrink.taps - 1, T, C), 1, h);
    plan.op('elu', { x: h, y: h, n: T * inside });
    plan.op('gemm', {
      x: h,
      xStride: inside * 4,
      M: T,
      W: grow.matrix.weights,
      K: inside,
      N: C,
      bias: grow.bias,
      scale: 0,
      y: x,
      yStride: C * 4,
      add: 1,
    });
    const before = activated(frame, `down ${i}`, x, down.taps - stride, T, C);
    T /= stride;
    C = down.matrix.N;
    x = scratch.f32(`stage ${i + 1}`, T * C);
    frame.conv(down, before, stride, x);
  }

  const before = activated(frame, 'last', x, w.last.taps - 1, T, C);
  x = scratch.f32('seanet', T * w.last.matrix.N);
  frame.conv(w.last, before, 1, x);
  return { x, T };
}

/** ELU(x) [T, C] in a window that keeps its last `carry` rows. */
function activated(frame: Frame, name: string, x: number, carry: number, T: number, C: number): Window {
  const window = frame.window(name, carry, T, C);
  frame.plan.op('elu', { x, y: window.rows, n: T * C });
  frame.keep(window);
  return window;
}
