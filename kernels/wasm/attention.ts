// attention.ts: causal attention of a few new tokens over a ring of keys and values.
//
//   s[j] = q·K[j] / √D over the ring's rows;   y = Σⱼ softmax(s)[j] · V[j]
//
// kv_append
//   in   x      [rows, H, D]  f32   row r at x + r·stride bytes
//   out  cache  [H, W, D]     f32   row (t + r) mod W of each head
// attention
//   in   q      [rows, H, D]  f32   row r at q + r·stride bytes, already rotated
//   in   K      [H, W, D]     f32   positions t … t + rows − 1 already appended
//   in   V      [H, D/16, W, 16]  f32   the same, in strips of sixteen columns; [H, W, D] where D is not a multiple of 16
//   out  y      [rows, H, D]  f32   contiguous; heads from … to − 1 of it
//   tmp  scores [min(rows, 2), W]  f32
// in   t   u32 at `position`: the position of row 0
//
// All rows are appended before any attends, as in the official streaming code: once the ring is full, the second of
// two new rows has overwritten the oldest key, so the first sees W − 1 keys. The keys of newer rows are masked from
// older ones. A softmax does not depend on the order of keys, so the ring is read from its first row. Rows are
// computed in pairs, so that keys and values are read once for two.
//
// reference  kernels/reference/attention.ts     test  test/unit/kernels/attention.test.ts
import { exp4 } from './exp';
import { dot, madd, storeLanes, sum4 } from './lanes';

export function kv_append(x: usize, stride: u32, cache: usize, rows: u32, H: u32, D: u32, W: u32, position: usize): void {
  const t = load<u32>(position);
  const rowBytes = <usize>D << 2;
  for (let r: u32 = 0; r < rows; r++, x += stride) {
    let to = cache + <usize>((t + r) % W) * rowBytes;
    let from = x;
    for (let h: u32 = 0; h < H; h++, from += rowBytes, to += <usize>W * rowBytes) memory.copy(to, from, rowBytes);
  }
}

/** (Σ a, Σ b, Σ c, Σ d). */
// @ts-ignore: decorator
@inline
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** Stores four lanes at a distance of `far` bytes. */
// @ts-ignore: decorator
@inline
function scatter(to: usize, v: v128, far: usize): void {
  v128.store32_lane(to, v, 0);
  v128.store32_lane(to + far, v, 1);
  v128.store32_lane(to + 2 * far, v, 2);
  v128.store32_lane(to + 3 * far, v, 3);
}

/** scale · q·K of four keys at a distance of `far` rows, scores likewise; D a multiple of four. */
export function keys4(q: usize, key: usize, rowBytes: usize, far: usize, scale: f32, s: usize): void {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  const end = key + rowBytes;
  const far1 = far * rowBytes;
  const far2 = 2 * far1;
  const far3 = 3 * far1;
  for (; key < end; key += 16, q += 16) {
    const v = v128.load(q);
    a = madd(v, v128.load(key), a);
    b = madd(v, v128.load(key + far1), b);
    c = madd(v, v128.load(key + far2), c);
    d = madd(v, v128.load(key + far3), d);
  }
  scatter(s, f32x4.mul(sums(a, b, c, d), f32x4.splat(scale)), far << 2);
}

/** The same for two queries, `qs` and `ss` bytes apart. */
export function keys4x2(
  q: usize, qs: usize, key: usize, rowBytes: usize, far: usize, scale: f32, s: usize, ss: usize,
): void {
  let a0 = f32x4.splat(0);
  let b0 = a0;
  let c0 = a0;
  let d0 = a0;
  let a1 = a0;
  let b1 = a0;
  let c1 = a0;
  let d1 = a0;
  const end = key + rowBytes;
  const far1 = far * rowBytes;
  const far2 = 2 * far1;
  const far3 = 3 * far1;
  for (; key < end; key += 16, q += 16) {
    const u = v128.load(q);
    const v = v128.load(q + qs);
    let k = v128.load(key);
    a0 = madd(u, k, a0);
    a1 = madd(v, k, a1);
    k = v128.load(key + far1);
    b0 = madd(u, k, b0);
    b1 = madd(v, k, b1);
    k = v128.load(key + far2);
    c0 = madd(u, k, c0);
    c1 = madd(v, k, c1);
    k = v128.load(key + far3);
    d0 = madd(u, k, d0);
    d1 = madd(v, k, d1);
  }
  scatter(s, f32x4.mul(sums(a0, b0, c0, d0), f32x4.splat(scale)), far << 2);
  scatter(s + ss, f32x4.mul(sums(a1, b1, c1, d1), f32x4.splat(scale)), far << 2);
}

/** s[0 … n) = scale · q·K[j] for one or two queries. Reads four quarters of the ring at once, as four memory streams. */
function score(q: usize, qs: usize, K: usize, n: u32, D: u32, scale: f32, s: usize, ss: usize): void {
  const rowBytes = <usize>D << 2;
  const far: usize = D & 3 ? 0 : <usize>(n >> 2);
  for (let j: usize = 0; j < far; j++) {
    const key = K + j * rowBytes;
    if (qs) keys4x2(q, qs, key, rowBytes, far, scale, s + (j << 2), ss);
    else keys4(q, key, rowBytes, far, scale, s + (j << 2));
  }
  for (let j = far << 2; j < <usize>n; j++) {
    const to = s + (j << 2);
    const key = K + j * rowBytes;
    f32.store(to, dot(q, key, D) * scale);
    if (qs) f32.store(to + ss, dot(q + qs, key, D) * scale);
  }
}

/** scores[0 … n) ← e^(s − max), unnormalised; returns their sum. */
function softmaxSum(scores: usize, n: u32): f32 {
  const whole = (<usize>n & ~3) << 2;
  let lanes = f32x4.splat(-f32.MAX_VALUE);
  for (let at: usize = 0; at < whole; at += 16) lanes = f32x4.pmax(lanes, v128.load(scores + at));
  let peak = max(
    max(f32x4.extract_lane(lanes, 0), f32x4.extract_lane(lanes, 1)),
    max(f32x4.extract_lane(lanes, 2), f32x4.extract_lane(lanes, 3)),
  );
  for (let at = whole; at < <usize>n << 2; at += 4) peak = max<f32>(peak, f32.load(scores + at));
  const m = f32x4.splat(peak);
  let total = f32x4.splat(0);
  for (let at: usize = 0; at < whole; at += 16) {
    const e = exp4(f32x4.sub(v128.load(scores + at), m));
    v128.store(scores + at, e);
    total = f32x4.add(total, e);
  }
  let sum = sum4(total);
  if (n & 3) {
    storeLanes(scores + whole, exp4(f32x4.sub(v128.load(scores + whole), m)), n & 3);
    for (let at = whole; at < <usize>n << 2; at += 4) sum += f32.load(scores + at);
  }
  return sum;
}

/** A strip of sixteen columns: y = Σⱼ p[j]·V[j] / sum. The sums stay in registers. */
export function columns16(p: usize, V: usize, n: u32, sum: f32, y: usize): void {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  const end = p + (<usize>n << 2);
  for (; p < end; p += 4, V += 64) {
    const w = v128.load32_splat(p);
    a = madd(w, v128.load(V), a);
    b = madd(w, v128.load(V, 16), b);
    c = madd(w, v128.load(V, 32), c);
    d = madd(w, v128.load(V, 48), d);
  }
  const scale = f32x4.splat(1 / sum);
  v128.store(y, f32x4.mul(a, scale));
  v128.store(y, f32x4.mul(b, scale), 16);
  v128.store(y, f32x4.mul(c, scale), 32);
  v128.store(y, f32x4.mul(d, scale), 48);
}

/** The same for two rows, `ps` and `ys` bytes apart. */
export function columns16x2(
  p: usize, ps: usize, V: usize, n: u32, sum0: f32, sum1: f32, y: usize, ys: usize,
): void {
  let a0 = f32x4.splat(0);
  let b0 = a0;
  let c0 = a0;
  let d0 = a0;
  let a1 = a0;
  let b1 = a0;
  let c1 = a0;
  let d1 = a0;
  const end = p + (<usize>n << 2);
  for (; p < end; p += 4, V += 64) {
    const u = v128.load32_splat(p);
    const w = v128.load32_splat(p + ps);
    let v = v128.load(V);
    a0 = madd(u, v, a0);
    a1 = madd(w, v, a1);
    v = v128.load(V, 16);
    b0 = madd(u, v, b0);
    b1 = madd(w, v, b1);
    v = v128.load(V, 32);
    c0 = madd(u, v, c0);
    c1 = madd(w, v, c1);
    v = v128.load(V, 48);
    d0 = madd(u, v, d0);
    d1 = madd(w, v, d1);
  }
  let scale = f32x4.splat(1 / sum0);
  v128.store(y, f32x4.mul(a0, scale));
  v128.store(y, f32x4.mul(b0, scale), 16);
  v128.store(y, f32x4.mul(c0, scale), 32);
  v128.store(y, f32x4.mul(d0, scale), 48);
  scale = f32x4.splat(1 / sum1);
  y += ys;
  v128.store(y, f32x4.mul(a1, scale));
  v128.store(y, f32x4.mul(b1, scale), 16);
  v128.store(y, f32x4.mul(c1, scale), 32);
  v128.store(y, f32x4.mul(d1, scale), 48);
}

/** One column at a time, if D is not a multiple of sixteen. */
function columns1(p: usize, V: usize, rowBytes: usize, n: u32, sum: f32, y: usize, count: u32): void {
  for (; count; count--, V += 4, y += 4) {
    let total: f32 = 0;
    for (let j: usize = 0; j < <usize>n; j++) total += f32.load(p + (j << 2)) * f32.load(V + j * rowBytes);
    f32.store(y, total / sum);
  }
}

/** y[0 … D) = Σⱼ softmax(scores)[j]·V[j] for one row, or for two, `ss` and `ys` bytes apart. `W` rows in a strip. */
function weightedSum(scores: usize, ss: usize, V: usize, n: u32, D: u32, W: u32, y: usize, ys: usize): void {
  const sum0 = softmaxSum(scores, n);
  const sum1: f32 = ss ? softmaxSum(scores + ss, n) : 1;
  if (D & 15) {
    const rowBytes = <usize>D << 2;
    columns1(scores, V, rowBytes, n, sum0, y, D);
    if (ss) columns1(scores + ss, V, rowBytes, n, sum1, y + ys, D);
    return;
  }
  for (let d: u32 = 0; d < D; d += 16, V += <usize>W << 6, y += 64) {
    if (ss) columns16x2(scores, ss, V, n, sum0, sum1, y, ys);
    else columns16(scores, V, n, sum0, y);
  }
}

/** Masks the keys of the `rows` rows after this one. */
function mask(scores: usize, t: u32, rows: u32, W: u32): void {
  for (let later: u32 = 1; later <= rows; later++) f32.store(scores + (<usize>((t + later) % W) << 2), -f32.MAX_VALUE);
}

export function attention(
  q: usize, stride: u32, K: usize, V: usize, y: usize, scores: usize,
  rows: u32, H: u32, D: u32, W: u32, position: usize, from: u32, to: u32,
): void {
  const t = load<u32>(position);
  const n = t + rows < W ? t + rows : W;
  const headBytes = <usize>D << 2;
  const cacheBytes = <usize>W * headBytes;
  const rowBytes = <usize>H * headBytes;
  const scale: f32 = 1 / sqrt<f32>(<f32>D);
  for (let r: u32 = 0; r < rows; r += 2, q += 2 * <usize>stride, y += 2 * rowBytes) {
    const isPair = r + 2 <= rows;
    const qs: usize = isPair ? stride : 0;
    const ss: usize = isPair ? <usize>W << 2 : 0;
    for (let h = from; h < to; h++) {
      const at = <usize>h * headBytes;
      score(q + at, qs, K + <usize>h * cacheBytes, n, D, scale, scores, ss);
      mask(scores, t + r, rows - r - 1, W);
      if (isPair) mask(scores + ss, t + r + 1, rows - r - 2, W);
      weightedSum(scores, ss, V + <usize>h * cacheBytes, n, D, W, y + at, rowBytes);
    }
  }
}
