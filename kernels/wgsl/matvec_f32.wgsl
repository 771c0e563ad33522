// matvec_f32.wgsl: y = W·x for one token, W in f32.
//
//   y[n] (+)= Σₖ W[n, k]·x[k]
//
// in   weights  [N, K]  f32
// in   x        [K]     f32
// out  y        [N]     f32   added to y if ADD is 1
// const  N, K, ADD
// lanes  one workgroup of 64 per row; dispatch N
//
// The reference for the other types, and the kernel for small matrices and irregular sizes.
//
// reference  kernels/reference/matvec.ts     test  test/browser/gpu/kernels.test.ts

override N: u32;
override K: u32;
override ADD: u32 = 0u;

@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

const LANES = 64u;
var<workgroup> sums: array<f32, LANES>;

@compute @workgroup_size(64)
fn matvec_f32(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = group.x;
  if (n >= N) { return; }
  var sum = 0.0;
  for (var k = lane; k < K; k += LANES) { sum += weights[n * K + k] * x[k]; }
  sums[lane] = sum;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { sums[lane] += sums[lane + half]; }
    workgroupBarrier();
  }
  if (lane == 0u) { y[n] = select(0.0, y[n], ADD == 1u) + sums[0]; }
}
