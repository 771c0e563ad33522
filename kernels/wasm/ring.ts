// ring.ts: attention of one new token of each of a few streams over that stream's own ring of keys and values.
//
//   s[j] = q·K[j] / √D over the ring's rows;   y = Σⱼ softmax(s)[j] · V[j]
//
// in   seats      [rows, 2]        u32   of each row's stream: where its rings begin, and its position t
// in   K, V                              bytes from there to a layer's keys and values, [H, W, D] f32, or f16 where `half`
// ring_append
//   in   x        [rows, H, D]     f32   row r at x + r·stride bytes; becomes row t mod W of each head of its ring
// ring_attention
//   in   q        [rows, H, D]     f32   row r at q + r·stride bytes, rotated; position t already appended
//   out  y        [rows, H, D]     f32   contiguous
//   tmp  scores   [⌈W/4⌉·4 + D]    f32
// const  D a multiple of 8 where `half`
//
// The order of keys does not matter to a softmax, so a ring is read from row 0 up. An f16 becomes an f32 by shifting its
// bits into place, which makes it 2⁻¹¹² of its value; that is made good once in the query and once in the weights, not
// in every number. Four keys share each load of the query, and a strip of thirty-two columns of values its weights.
//
// reference  kernels/reference/attention.ts     test  test/unit/kernels/ring.test.ts
import { exp4 } from './exp';
import { madd, storeHalf4, storeLanes, sum4 } from './lanes';

/** Rows of values that are mixed while they are at hand. */
const CHUNK: u32 = 32;
/** 2¹¹²: the bias of f32's exponents above that of f16's. */
const REBIAS = reinterpret<f32>(0x77800000);

// `half` is a literal at each call of those below, so each is compiled twice.
// @ts-ignore: decorator
@inline
function four(at: usize, half: bool): v128 {
  if (!half) return v128.load(at);
  return v128.and(i32x4.shl(v128.load16x4_s(at), 13), i32x4.splat(0x8fffe000));
}

// @ts-ignore: decorator
@inline
function bytes(n: u32, half: bool): usize {
  return <usize>n << (half ? 1 : 2);
}

// @ts-ignore: decorator
@inline
function append(x: usize, ring: usize, t: u32, H: u32, D: u32, W: u32, half: bool): void {
  let to = ring + bytes((t % W) * D, half);
  for (let h: u32 = 0; h < H; h++, x += bytes(D, false), to += bytes(W * D, half)) {
    if (half) for (let d: u32 = 0; d < D; d += 4) storeHalf4(to + bytes(d, true), v128.load(x + bytes(d, false)));
    else memory.copy(to, x, bytes(D, false));
  }
}

/** scores[j] = q·K[j] for n keys. */
// @ts-ignore: decorator
@inline
function score(q: usize, K: usize, scores: usize, n: u32, D: u32, half: bool): void {
  const row = bytes(D, half);
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
    const step = bytes(4, half);
    for (const end = q + bytes(D & ~7, false); at < end; at += 32) {
      let v = v128.load(at);
      a0 = madd(v, four(k0, half), a0);
      a1 = madd(v, four(k1, half), a1);
      a2 = madd(v, four(k2, half), a2);
      a3 = madd(v, four(k3, half), a3);
      v = v128.load(at, 16);
      b0 = madd(v, four(k0 + step, half), b0);
      b1 = madd(v, four(k1 + step, half), b1);
      b2 = madd(v, four(k2 + step, half), b2);
      b3 = madd(v, four(k3 + step, half), b3);
      k0 += 2 * step;
      k1 += 2 * step;
      k2 += 2 * step;
      k3 += 2 * step;
    }
    a0 = f32x4.add(a0, b0);
    a1 = f32x4.add(a1, b1);
    a2 = f32x4.add(a2, b2);
    a3 = f32x4.add(a3, b3);
    const low = f32x4.add(v128.shuffle<f32>(a0, a1, 0, 1, 4, 5), v128.shuffle<f32>(a0, a1, 2, 3, 6, 7));
    const high = f32x4.add(v128.shuffle<f32>(a2, a3, 0, 1, 4, 5), v128.shuffle<f32>(a2, a3, 2, 3, 6, 7));
    let sums = f32x4.add(v128.shuffle<f32>(low, high, 0, 2, 4, 6), v128.shuffle<f32>(low, high, 1, 3, 5, 7));
    if (!half) {
      for (const end = q + bytes(D, false); at < end; at += 4, k0 += 4, k1 += 4, k2 += 4, k3 += 4) {
        const k = f32x4(f32.load(k0), f32.load(k1), f32.load(k2), f32.load(k3));
        sums = madd(v128.load32_splat(at), k, sums);
      }
    }
    storeLanes(scores + bytes(j, false), sums, n - j);
  }
}

/** scores[0 … n) ← scale · softmax. The lanes past n, up to a whole four, are written too. */
function weigh(scores: usize, n: u32, scale: f32): void {
  const end = scores + bytes(n, false);
  for (let at = end; (at - scores) & 15; at += 4) f32.store(at, -f32.MAX_VALUE);
  let peaks = v128.load(scores);
  for (let at = scores + 16; at < end; at += 16) peaks = f32x4.max(peaks, v128.load(at));
  const peak = f32x4.splat(
    max<f32>(
      max<f32>(f32x4.extract_lane(peaks, 0), f32x4.extract_lane(peaks, 1)),
      max<f32>(f32x4.extract_lane(peaks, 2), f32x4.extract_lane(peaks, 3)),
    ),
  );
  let sums = f32x4.splat(0);
  for (let at = scores; at < end; at += 16) {
    const e = exp4(f32x4.sub(v128.load(at), peak));
    v128.store(at, e);
    sums = f32x4.add(sums, e);
  }
  // What a lane past n holds is e^(−88) of the largest at most: it vanishes in the sum.
  const factor = f32x4.splat(scale / sum4(sums));
  for (let at = scores; at < end; at += 16) v128.store(at, f32x4.mul(v128.load(at), factor));
}

/** y = Σⱼ p[j]·V[j] over n rows. */
// @ts-ignore: decorator
@inline
function mix(p: usize, V: usize, y: usize, n: u32, D: u32, half: bool): void {
  const row = bytes(D, half);
  memory.fill(y, 0, bytes(D, false));
  for (let from: u32 = 0; from < n; from += CHUNK, p += bytes(CHUNK, false), V += <usize>CHUNK * row) {
    const end = p + bytes(min<u32>(CHUNK, n - from), false);
    let d: u32 = 0;
    for (; d + 32 <= D; d += 32) {
      const to = y + bytes(d, false);
      let a = v128.load(to);
      let b = v128.load(to, 16);
      let c = v128.load(to, 32);
      let e = v128.load(to, 48);
      let f = v128.load(to, 64);
      let g = v128.load(to, 80);
      let h = v128.load(to, 96);
      let i = v128.load(to, 112);
      let v = V + bytes(d, half);
      for (let at = p; at < end; at += 4, v += row) {
        const w = v128.load32_splat(at);
        a = madd(w, four(v, half), a);
        b = madd(w, four(v + bytes(4, half), half), b);
        c = madd(w, four(v + bytes(8, half), half), c);
        e = madd(w, four(v + bytes(12, half), half), e);
        f = madd(w, four(v + bytes(16, half), half), f);
        g = madd(w, four(v + bytes(20, half), half), g);
        h = madd(w, four(v + bytes(24, half), half), h);
        i = madd(w, four(v + bytes(28, half), half), i);
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
      const to = y + bytes(d, false);
      let a = v128.load(to);
      let v = V + bytes(d, half);
      for (let at = p; at < end; at += 4, v += row) a = madd(v128.load32_splat(at), four(v, half), a);
      storeLanes(to, a, D - d);
    }
  }
}

// @ts-ignore: decorator
@inline
function attend(q: usize, K: usize, V: usize, y: usize, scores: usize, n: u32, H: u32, D: u32, W: u32, half: bool): void {
  const query = scores + bytes((W + 3) & ~3, false);
  const rebias = half ? REBIAS : 1;
  const scale = rebias / sqrt<f32>(<f32>D);
  for (let h: u32 = 0; h < H; h++, q += bytes(D, false), y += bytes(D, false)) {
    for (let at: usize = 0; at < bytes(D, false); at += 4) f32.store(query + at, f32.load(q + at) * scale);
    score(query, K, scores, n, D, half);
    weigh(scores, n, rebias);
    mix(scores, V, y, n, D, half);
    K += bytes(W * D, half);
    V += bytes(W * D, half);
  }
}

export function ring_append(x: usize, stride: u32, seats: usize, ring: usize, rows: u32, H: u32, D: u32, W: u32, half: u32): void {
  for (let r: u32 = 0; r < rows; r++, x += stride, seats += 8) {
    const to = <usize>load<u32>(seats) + ring;
    if (half) append(x, to, load<u32>(seats, 4), H, D, W, true);
    else append(x, to, load<u32>(seats, 4), H, D, W, false);
  }
}

export function ring_attention(
  q: usize, stride: u32, seats: usize, K: usize, V: usize, y: usize, scores: usize,
  rows: u32, H: u32, D: u32, W: u32, half: u32,
): void {
  for (let r: u32 = 0; r < rows; r++, q += stride, seats += 8, y += bytes(H * D, false)) {
    const base = <usize>load<u32>(seats);
    const n = min<u32>(load<u32>(seats, 4) + 1, W);
    if (half) attend(q, base + K, base + V, y, scores, n, H, D, W, true);
    else attend(q, base + K, base + V, y, scores, n, H, D, W, false);
  }
}
