// attention.ts: causal attention of a few new tokens over a ring of keys and values.
//
//   s[j] = q·K[j] / √D over the ring's rows;   y = Σⱼ softmax(s)[j] · V[j]
//
// kv_append
//   in   x      [rows, H, D]  f32   row r at x + r·stride bytes
//   out  cache  [H, W, D]     f32   row (t + r) mod W of each head
// attention
//   in   q      [rows, H, D]  f32   row r at q + r·stride bytes, already rotated
//   in   K, V   [H, W, D]     f32   positions t … t + rows − 1 already appended
//   out  y      [rows, H, D]  f32   contiguous
//   tmp  scores [W]           f32
// in   t   u32 at `position`: the position of row 0
//
// All rows are appended before any attends, as the official streaming code does: once the ring is full the
// first of two new rows has lost the oldest key to the second, and sees W − 1 keys. Newer rows are hidden
// from older ones by excluding their slots. The order of keys does not matter to a softmax, so the ring is
// read from slot 0 up.
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

/** scores[0 … n) ← e^(s − max), unnormalised; returns their sum. Lanes past n count as −∞. */
function softmaxSum(scores: usize, n: u32): f32 {
  let peak: f32 = f32.load(scores);
  for (let i: u32 = 1; i < n; i++) peak = max<f32>(peak, f32.load(scores + (<usize>i << 2)));
  const m = f32x4.splat(peak);
  let sum: f32 = 0;
  for (let i: u32 = 0; i < n; i += 4) {
    const at = scores + (<usize>i << 2);
    const e = exp4(f32x4.sub(v128.load(at), m));
    storeLanes(at, e, n - i);
    if (i + 4 <= n) sum += sum4(e);
    else for (let j = i; j < n; j++) sum += f32.load(scores + (<usize>j << 2));
  }
  return sum;
}

/** y[0 … D) = Σⱼ p[j]·V[j] / sum, a strip of sixteen columns at a time so that the sums stay in registers. */
function mix(p: usize, V: usize, y: usize, n: u32, D: u32, sum: f32): void {
  const rowBytes = <usize>D << 2;
  const scale = f32x4.splat(1 / sum);
  let d: u32 = 0;
  for (; d + 16 <= D; d += 16) {
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let e = a;
    let row = V + (<usize>d << 2);
    for (let j: u32 = 0; j < n; j++, row += rowBytes) {
      const w = v128.load32_splat(p + (<usize>j << 2));
      a = madd(w, v128.load(row), a);
      b = madd(w, v128.load(row, 16), b);
      c = madd(w, v128.load(row, 32), c);
      e = madd(w, v128.load(row, 48), e);
    }
    const to = y + (<usize>d << 2);
    v128.store(to, f32x4.mul(a, scale));
    v128.store(to, f32x4.mul(b, scale), 16);
    v128.store(to, f32x4.mul(c, scale), 32);
    v128.store(to, f32x4.mul(e, scale), 48);
  }
  for (; d < D; d++) {
    let total: f32 = 0;
    let row = V + (<usize>d << 2);
    for (let j: u32 = 0; j < n; j++, row += rowBytes) total += f32.load(p + (<usize>j << 2)) * f32.load(row);
    f32.store(y + (<usize>d << 2), total / sum);
  }
}

export function attention(
  q: usize, stride: u32, K: usize, V: usize, y: usize, scores: usize,
  rows: u32, H: u32, D: u32, W: u32, position: usize,
): void {
  const t = load<u32>(position);
  const n = t + rows < W ? t + rows : W;
  const headBytes = <usize>D << 2;
  const cacheBytes = <usize>W * headBytes;
  const scale: f32 = 1 / sqrt<f32>(<f32>D);
  for (let r: u32 = 0; r < rows; r++, q += stride) {
    for (let h: u32 = 0; h < H; h++) {
      const query = q + <usize>h * headBytes;
      let key = K + <usize>h * cacheBytes;
      for (let j: u32 = 0; j < n; j++, key += headBytes) f32.store(scores + (<usize>j << 2), dot(query, key, D) * scale);
      for (let later = r + 1; later < rows; later++) f32.store(scores + (<usize>((t + later) % W) << 2), -f32.MAX_VALUE);
      const sum = softmaxSum(scores, n);
      mix(scores, V + <usize>h * cacheBytes, y, n, D, sum);
      y += headBytes;
    }
  }
}
