// matvec_q8_0.wgsl: y = W·x for one token, W in Q8_0.
//
//   y[n] (+)= Σ_b d[n, b] · Σ_j q[n, 32b + j]·x[32b + j]
//
// in   quants  [N, K/32, 2]  vec4u  four i8 per word
// in   scales  [N, K/32]     f16    two per u32
// in   x       [K]           f32
// out  y       [N]           f32    added to y if ADD is 1
// const  N, K a multiple of 32, ADD
// lanes  one workgroup of 64 per 4 rows; dispatch ceil(N/4)
//
// Like matvec_q4_0.wgsl; a block is two vectors of four words.
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

// The four signed bytes of a word. The left shift moves each sign to the top bit.
fn bytes(word: u32) -> vec4f {
  return vec4f(vec4i(vec4u(word) << vec4u(24u, 16u, 8u, 0u)) >> vec4u(24u));
}

@compute @workgroup_size(64)
fn matvec_q8_0(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let blocks = K / 32u;
  let first = group.x * ROWS;
  var sum = vec4f();
  for (var b = lane; b < blocks; b += LANES) {
    for (var r = 0u; r < ROWS; r++) {
      let block = min(first + r, N - 1u) * blocks + b;
      let d = unpack2x16float(scales[block / 2u])[block % 2u];
      var products = 0.0;
      for (var half = 0u; half < 2u; half++) {
        let q = quants[block * 2u + half];
        let at = b * 8u + half * 4u;
        products += dot(bytes(q.x), x[at]) + dot(bytes(q.y), x[at + 1u]) + dot(bytes(q.z), x[at + 2u]) + dot(bytes(q.w), x[at + 3u]);
      }
      sum[r] += d * products;
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
