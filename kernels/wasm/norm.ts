// norm.ts: layer normalisation and RMS normalisation.
//
//   layer_norm   y = (x − mean x) / √(var x + eps) · w + b     Mimi's transformer
//   rms_norm     y = x · w / √(mean x² + eps)                   the language model
//
// in   x    [rows, C]  f32
// in   w,b  [C]        f32
// out  y    [rows, C]  f32   may be x
//
// The mean is subtracted before squaring: x² − mean² would cancel.
//
// reference  kernels/reference/norm.ts     test  test/unit/kernels/norm.test.ts
import { madd, sum4 } from './lanes';

/** Σ (x − shift)² over one row. */
function squares(x: usize, C: u32, shift: f32): f32 {
  const s = f32x4.splat(shift);
  let v = f32x4.splat(0);
  let i: u32 = 0;
  for (; i + 4 <= C; i += 4) {
    const d = f32x4.sub(v128.load(x + ((<usize>i) << 2)), s);
    v = madd(d, d, v);
  }
  let total = sum4(v);
  for (; i < C; i++) {
    const d = f32.load(x + ((<usize>i) << 2)) - shift;
    total += d * d;
  }
  return total;
}

function sum(x: usize, C: u32): f32 {
  let v = f32x4.splat(0);
  let i: u32 = 0;
  for (; i + 4 <= C; i += 4) v = f32x4.add(v, v128.load(x + ((<usize>i) << 2)));
  let total = sum4(v);
  for (; i < C; i++) total += f32.load(x + ((<usize>i) << 2));
  return total;
}

export function layer_norm(x: usize, w: usize, b: usize, y: usize, rows: u32, C: u32, eps: f32): void {
  for (let r: u32 = 0; r < rows; r++, x += (<usize>C) << 2, y += (<usize>C) << 2) {
    const mean = sum(x, C) / <f32>C;
    const scale: f32 = 1 / sqrt<f32>(squares(x, C, mean) / <f32>C + eps);
    const m = f32x4.splat(mean);
    const s = f32x4.splat(scale);
    let i: u32 = 0;
    for (; i + 4 <= C; i += 4) {
      const at = (<usize>i) << 2;
      const d = f32x4.mul(f32x4.sub(v128.load(x + at), m), s);
      v128.store(y + at, madd(d, v128.load(w + at), v128.load(b + at)));
    }
    for (; i < C; i++) {
      const at = (<usize>i) << 2;
      f32.store(y + at, (f32.load(x + at) - mean) * scale * f32.load(w + at) + f32.load(b + at));
    }
  }
}

export function rms_norm(x: usize, w: usize, y: usize, rows: u32, C: u32, eps: f32): void {
  for (let r: u32 = 0; r < rows; r++, x += (<usize>C) << 2, y += (<usize>C) << 2) {
    const scale: f32 = 1 / sqrt<f32>(squares(x, C, 0) / <f32>C + eps);
    const s = f32x4.splat(scale);
    let i: u32 = 0;
    for (; i + 4 <= C; i += 4) {
      const at = (<usize>i) << 2;
      v128.store(y + at, f32x4.mul(f32x4.mul(v128.load(x + at), s), v128.load(w + at)));
    }
    for (; i < C; i++) {
      const at = (<usize>i) << 2;
      f32.store(y + at, f32.load(x + at) * scale * f32.load(w + at));
    }
  }
}
