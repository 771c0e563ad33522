// rvq.ts: residual vector quantisation of one latent.
//
//   level l:  i = argmin over c of |x − C[l, c]|²;  code[l] = i;  x −= C[l, i]
//
// in/out  x      [D]           f32   the projected latent; the residual afterwards
// in      C      [L, bins, D]  f32   centroids
// in      half   [L, bins]     f32   |C|²/2
// out     codes  [L]           u32
// tmp     scores [bins]        f32
//
// |x − C|² = |x|² − 2·(x·C − |C|²/2), so the search is a matrix product. That form cancels, so every centroid
// within a small margin of the best is measured again, term by term in f64; the first of equals wins.
//
// reference  kernels/reference/rvq.ts     test  test/unit/kernels/rvq.test.ts
import { dot } from './lanes';

/** Far above the f32 error of a score, far below a typical gap between centroids. */
const MARGIN: f32 = 1e-5;

function distance(a: usize, b: usize, D: u32): f64 {
  let total: f64 = 0;
  for (let i: u32 = 0; i < D; i++) {
    const d = <f64>f32.load(a + (<usize>i << 2)) - <f64>f32.load(b + (<usize>i << 2));
    total += d * d;
  }
  return total;
}

function nearest(x: usize, C: usize, half: usize, bins: u32, D: u32, scores: usize): u32 {
  const rowBytes = <usize>D << 2;
  let best: f32 = f32.MAX_VALUE;
  for (let c: u32 = 0; c < bins; c++) {
    const at = <usize>c << 2;
    const score = f32.load(half + at) - dot(x, C + <usize>c * rowBytes, D);
    f32.store(scores + at, score);
    best = min<f32>(best, score);
  }
  const limit = best + MARGIN * (dot(x, x, D) + abs<f32>(best));
  let chosen: u32 = 0;
  let least = f64.MAX_VALUE;
  for (let c: u32 = 0; c < bins; c++) {
    if (f32.load(scores + (<usize>c << 2)) > limit) continue;
    const d = distance(x, C + <usize>c * rowBytes, D);
    if (d < least) {
      least = d;
      chosen = c;
    }
  }
  return chosen;
}

export function rvq(x: usize, C: usize, half: usize, L: u32, bins: u32, D: u32, codes: usize, scores: usize): void {
  const levelBytes = (<usize>bins * <usize>D) << 2;
  for (let l: u32 = 0; l < L; l++, C += levelBytes, half += <usize>bins << 2, codes += 4) {
    const i = nearest(x, C, half, bins, D, scores);
    store<u32>(codes, i);
    const centroid = C + <usize>i * (<usize>D << 2);
    for (let j: usize = 0; j < <usize>D << 2; j += 4) f32.store(x + j, f32.load(x + j) - f32.load(centroid + j));
  }
}
