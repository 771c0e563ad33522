// rms_norm.wgsl: root-mean-square normalisation of one vector.
//
//   h[m] = x[m] · w[m] / √(mean x² + EPS)
//
// in   x  [M]  f32
// in   w  [M]  f32
// out  h  [M]  f32
// const  M, EPS
// lanes  one workgroup of 256; dispatch 1
//
// One workgroup, because the mean needs every element and barriers only synchronise within a workgroup.
//
// reference  kernels/reference/norm.ts     test  test/browser/gpu/kernels.test.ts

override M: u32;
override EPS: f32;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> h: array<f32>;

const LANES = 256u;
var<workgroup> sums: array<f32, LANES>;

@compute @workgroup_size(256)
fn rms_norm(@builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  for (var m = lane; m < M; m += LANES) { sum += x[m] * x[m]; }
  sums[lane] = sum;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { sums[lane] += sums[lane + half]; }
    workgroupBarrier();
  }
  let scale = inverseSqrt(sums[0] / f32(M) + EPS);
  for (var m = lane; m < M; m += LANES) { h[m] = x[m] * scale * w[m]; }
}
