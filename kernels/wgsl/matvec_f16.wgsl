// matvec_f16.wgsl: y = W·x for one token, W in f16.
//
//   y[n] (+)= Σₖ W[n, k]·x[k]
//
// in   weights  [N, K]  f16   two per u32
// in   x        [K]     f32
// out  y        [N]     f32   added to y if ADD is 1
// const  N, K even, ADD
// lanes  one workgroup of 64 per row; dispatch N
//
// Weights stay packed in u32, so that the f16 feature is not needed; products and sums are f32.
//
// reference  kernels/reference/matvec.ts     test  test/browser/gpu/kernels.test.ts

override N: u32;
override K: u32;
override ADD: u32 = 0u;

@group(0) @binding(0) var<storage, read> weights: array<u32>;
@group(0) @binding(1) var<storage, read> x: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

const LANES = 64u;
var<workgroup> sums: array<f32, LANES>;

@compute @workgroup_size(64)
fn matvec_f16(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = group.x;
  if (n >= N) { return; }
  let pairs = K / 2u;
  var sum = 0.0;
  for (var k = lane; k < pairs; k += LANES) { sum += dot(unpack2x16float(weights[n * pairs + k]), x[k]); }
  sums[lane] = sum;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { sums[lane] += sums[lane + half]; }
    workgroupBarrier();
  }
  if (lane == 0u) { y[n] = select(0.0, y[n], ADD == 1u) + sums[0]; }
}
