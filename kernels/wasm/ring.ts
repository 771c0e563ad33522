// ring.ts: attention for a few streams: one new token of each over its stream's ring of keys and values.
//
//   s[j] = q·K[j] / √D over the ring's rows;   y = Σⱼ softmax(s)[j] · V[j]
//
// in   slots      [rows, 2]       u32   the address of each row's rings, and its position t
// in   K, V                             byte offsets from there to a layer's keys and values, each [H, W, D] f32; if
//                                       `rounded`, [H] heads of ring-i16.ts, then their scales [H, ⌈W/4⌉·4] f32
// ring_append     keys, or values if `values`
//   in   x        [rows, H, D]    f32   row r at x + r·stride bytes; becomes row t mod W of each head of its ring
// ring_attention
//   in   q        [rows, H, D]    f32   row r at q + r·stride bytes, rotated; position t already appended
//   out  y        [rows, H, D]    f32   contiguous; heads from … to − 1 of it
//   tmp  scores   [2·W + 16 + D]   f32
// const  D a multiple of 32 if `rounded`
//
// A softmax does not depend on the order of keys, so a ring is read from row 0. Four keys share each load of the query,
// and thirty-two columns of values each load of a weight.
//
// reference  kernels/reference/attention.ts     test  test/unit/kernels/ring.test.ts
import { exp4 } from './exp';
import { madd, storeLanes, sum4 } from './lanes';
import { attendRounded, setKey, setValue } from './ring-i16';

/** Rows of values summed for all columns before the next rows, while they are in the cache. */
const CHUNK: u32 = 32;

// @ts-ignore: decorator
@inline
function bytes(n: u32): usize {
  return <usize>n << 2;
}

/** scores[j] = q·K[j] for n keys. */
function score(q: usize, K: usize, scores: usize, n: u32, D: u32): void {
  const row = bytes(D);
  const last = K + <usize>(n - 1) * row;
  for (let j: u32 = 0; j < n; j += 4) {
    let k0 = K + <usize>j * row;
    let k1 = min<usize>(k0 + row, last);
    let k2 = min<usize>(k0 + 2 * row, last);
    let k3 = min<usize>(k0 + 3 * row, last);
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let b0 = a0;
    let b1 = a0;
    let b2 = a0;
    let b3 = a0;
    let at = q;
    for (const end = q + bytes(D & ~7); at < end; at += 32) {
      let v = v128.load(at);
      a0 = madd(v, v128.load(k0), a0);
      a1 = madd(v, v128.load(k1), a1);
      a2 = madd(v, v128.load(k2), a2);
      a3 = madd(v, v128.load(k3), a3);
      v = v128.load(at, 16);
      b0 = madd(v, v128.load(k0, 16), b0);
      b1 = madd(v, v128.load(k1, 16), b1);
      b2 = madd(v, v128.load(k2, 16), b2);
      b3 = madd(v, v128.load(k3, 16), b3);
      k0 += 32;
      k1 += 32;
      k2 += 32;
      k3 += 32;
    }
    a0 = f32x4.add(a0, b0);
    a1 = f32x4.add(a1, b1);
    a2 = f32x4.add(a2, b2);
    a3 = f32x4.add(a3, b3);
    const low = f32x4.add(v128.shuffle<f32>(a0, a1, 0, 1, 4, 5), v128.shuffle<f32>(a0, a1, 2, 3, 6, 7));
    const high = f32x4.add(v128.shuffle<f32>(a2, a3, 0, 1, 4, 5), v128.shuffle<f32>(a2, a3, 2, 3, 6, 7));
    let sums = f32x4.add(v128.shuffle<f32>(low, high, 0, 2, 4, 6), v128.shuffle<f32>(low, high, 1, 3, 5, 7));
    for (const end = q + bytes(D); at < end; at += 4, k0 += 4, k1 += 4, k2 += 4, k3 += 4) {
      const k = f32x4(f32.load(k0), f32.load(k1), f32.load(k2), f32.load(k3));
      sums = madd(v128.load32_splat(at), k, sums);
    }
    storeLanes(scores + bytes(j), sums, n - j);
  }
}

/** scores[0 … n) ← their softmax; NaN if one is not finite. Also writes lanes past n, up to a multiple of four. */
function normalise(scores: usize, n: u32): void {
  const end = scores + bytes(n);
  for (let at = end; (at - scores) & 15; at += 4) f32.store(at, -f32.MAX_VALUE);
  let peaks = v128.load(scores);
  for (let at = scores + 16; at < end; at += 16) peaks = f32x4.max(peaks, v128.load(at));
  const peak = f32x4.splat(
    max<f32>(
      max<f32>(f32x4.extract_lane(peaks, 0), f32x4.extract_lane(peaks, 1)),
      max<f32>(f32x4.extract_lane(peaks, 2), f32x4.extract_lane(peaks, 3)),
    ),
  );
  const zero = f32x4.splat(0);
  let sums = zero;
  // exp4 clamps and would hide a score of −∞: score · 0 is NaN for it.
  let lost = zero;
  for (let at = scores; at < end; at += 16) {
    const score = v128.load(at);
    const e = exp4(f32x4.sub(score, peak));
    v128.store(at, e);
    sums = f32x4.add(sums, e);
    lost = madd(score, zero, lost);
  }
  // Lanes past n hold at most e^(−88) of the largest, which vanishes in the sum.
  const factor = f32x4.splat(1 / (sum4(sums) + sum4(lost)));
  for (let at = scores; at < end; at += 16) v128.store(at, f32x4.mul(v128.load(at), factor));
}

/** y = Σⱼ p[j]·V[j] over n rows. */
function weightedSum(p: usize, V: usize, y: usize, n: u32, D: u32): void {
  const row = bytes(D);
  memory.fill(y, 0, bytes(D));
  for (let from: u32 = 0; from < n; from += CHUNK, p += bytes(CHUNK), V += <usize>CHUNK * row) {
    const end = p + bytes(min<u32>(CHUNK, n - from));
    let d: u32 = 0;
    for (; d + 32 <= D; d += 32) {
      const to = y + bytes(d);
      let a = v128.load(to);
      let b = v128.load(to, 16);
      let c = v128.load(to, 32);
      let e = v128.load(to, 48);
      let f = v128.load(to, 64);
      let g = v128.load(to, 80);
      let h = v128.load(to, 96);
      let i = v128.load(to, 112);
      let v = V + bytes(d);
      for (let at = p; at < end; at += 4, v += row) {
        const w = v128.load32_splat(at);
        a = madd(w, v128.load(v), a);
        b = madd(w, v128.load(v, 16), b);
        c = madd(w, v128.load(v, 32), c);
        e = madd(w, v128.load(v, 48), e);
        f = madd(w, v128.load(v, 64), f);
        g = madd(w, v128.load(v, 80), g);
        h = madd(w, v128.load(v, 96), h);
        i = madd(w, v128.load(v, 112), i);
      }
      v128.store(to, a);
      v128.store(to, b, 16);
      v128.store(to, c, 32);
      v128.store(to, e, 48);
      v128.store(to, f, 64);
      v128.store(to, g, 80);
      v128.store(to, h, 96);
      v128.store(to, i, 112);
    }
    for (; d < D; d += 4) {
      const to = y + bytes(d);
      let a = v128.load(to);
      let v = V + bytes(d);
      for (let at = p; at < end; at += 4, v += row) a = madd(v128.load32_splat(at), v128.load(v), a);
      storeLanes(to, a, D - d);
    }
  }
}

/** One head: y = attention of q over the first n rows. */
function attend(q: usize, K: usize, V: usize, y: usize, scores: usize, n: u32, D: u32, W: u32): void {
  const query = scores + bytes((W + 3) & ~3);
  const scale: f32 = 1 / sqrt<f32>(<f32>D);
  for (let at: usize = 0; at < bytes(D); at += 4) f32.store(query + at, f32.load(q + at) * scale);
  score(query, K, scores, n, D);
  normalise(scores, n);
  weightedSum(scores, V, y, n, D);
}

/** Bytes of a head of rounded keys or values: whole pairs of rows. */
// @ts-ignore: decorator
@inline
function roundedBytes(D: u32, W: u32): usize {
  return (<usize>(W + 1) & ~1) * (<usize>D << 1);
}

/** Bytes of its scales: a multiple of four scales, zeros past W. */
// @ts-ignore: decorator
@inline
function scalesBytes(W: u32): usize {
  return bytes((W + 3) & ~3);
}

export function ring_append(
  x: usize, stride: u32, slots: usize, ring: usize, rows: u32, H: u32, D: u32, W: u32, rounded: u32, values: u32,
): void {
  const head = rounded ? roundedBytes(D, W) : bytes(W * D);
  for (let r: u32 = 0; r < rows; r++, x += stride, slots += 8) {
    let to = <usize>load<u32>(slots) + ring;
    let scales = to + H * head;
    const row = load<u32>(slots, 4) % W;
    let from = x;
    for (let h: u32 = 0; h < H; h++, from += bytes(D), to += head, scales += scalesBytes(W)) {
      if (!rounded) memory.copy(to + bytes(row * D), from, bytes(D));
      else if (values) setValue(from, to, scales, row, D, W);
      else setKey(from, to, scales, row, D);
    }
  }
}

export function ring_attention(
  q: usize, stride: u32, slots: usize, K: usize, V: usize, y: usize, scores: usize,
  rows: u32, H: u32, D: u32, W: u32, rounded: u32, from: u32, to: u32,
): void {
  const head = rounded ? roundedBytes(D, W) : bytes(W * D);
  for (let r: u32 = 0; r < rows; r++, q += stride, y += bytes(H * D), slots += 8) {
    const base = <usize>load<u32>(slots);
    const n = min<u32>(load<u32>(slots, 4) + 1, W);
    for (let h = from; h < to; h++) {
      const at = bytes(h * D);
      const k = base + K + h * head;
      const v = base + V + h * head;
      if (rounded) {
        const scales = H * head + h * scalesBytes(W);
        attendRounded(q + at, k, base + K + scales, v, base + V + scales, y + at, scores, n, D, W);
      } else {
        attend(q + at, k, v, y + at, scores, n, D, W);
      }
    }
  }
}
