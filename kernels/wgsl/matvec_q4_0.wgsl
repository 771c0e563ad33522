// matvec_q4_0.wgsl: y = W·x for one token, W in Q4_0.
//
//   y[n] (+)= Σ_b d[n, b] · (Σ_j q[n, 32b + j]·x[32b + j] − 8·Σ_j x[32b + j])
//
// in   quants  [N, K/32]  vec4u  32 nibbles per block; word w holds elements 4w…4w+3 (low nibbles), 16+4w… (high)
// in   scales  [N, K/32]  f16    two per u32
// in   x       [K]        f32
// out  y       [N]        f32    added to y if ADD is 1
// const  N, K a multiple of 32, ADD
// lanes  one workgroup of 64 per 4 rows; dispatch ceil(N/4)
//
// One token reads every weight once, so bandwidth is the limit. The lanes of a workgroup read neighbouring blocks of the
// same rows, and a block's activations and their sum serve all four rows. The −8 is subtracted once per block.
//
// reference  kernels/reference/matvec.ts     test  test/browser/gpu/kernels.test.ts

override N: u32;
override K: u32;
override ADD: u32 = 0u;

@group(0) @binding(0) var<storage, read> quants: array<vec4u>;
@group(0) @binding(1) var<storage, read> scales: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

const LANES = 64u;
const ROWS = 4u;
var<workgroup> sums: array<vec4f, LANES>;

// Four nibbles of a word, from bit `shift` of each byte, as numbers.
fn nibbles(word: u32, shift: u32) -> vec4f {
  return vec4f((vec4u(word >> shift) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(15u));
}

@compute @workgroup_size(64)
fn matvec_q4_0(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let blocks = K / 32u;
  let first = group.x * ROWS;
  var sum = vec4f();
  for (var b = lane; b < blocks; b += LANES) {
    let at = b * 8u;
    let a0 = x[at];
    let a1 = x[at + 1u];
    let a2 = x[at + 2u];
    let a3 = x[at + 3u];
    let b0 = x[at + 4u];
    let b1 = x[at + 5u];
    let b2 = x[at + 6u];
    let b3 = x[at + 7u];
    let total = 8.0 * dot(a0 + a1 + a2 + a3 + b0 + b1 + b2 + b3, vec4f(1.0));
    for (var r = 0u; r < ROWS; r++) {
      // A row past the end repeats the last; its sum is not stored.
      let block = min(first + r, N - 1u) * blocks + b;
      let q = quants[block];
      let d = unpack2x16float(scales[block / 2u])[block % 2u];
      let products =
        dot(nibbles(q.x, 0u), a0) + dot(nibbles(q.y, 0u), a1) + dot(nibbles(q.z, 0u), a2) + dot(nibbles(q.w, 0u), a3)
        + dot(nibbles(q.x, 4u), b0) + dot(nibbles(q.y, 4u), b1) + dot(nibbles(q.z, 4u), b2) + dot(nibbles(q.w, 4u), b3);
      sum[r] += d * (products - total);
    }
  }
  sums[lane] = sum;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { sums[lane] += sums[lane + half]; }
    workgroupBarrier();
  }
  let n = first + lane;
  if (lane >= ROWS || n >= N) { return; }
  y[n] = select(0.0, y[n], ADD == 1u) + sums[0][lane];
}
