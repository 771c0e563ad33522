// swiglu.wgsl: the gate of the feed-forward network.
//
//   y[i] = g[i] / (1 + e^(−g[i])) · u[i]
//
// in   gateUp  [2, F]  f32   g then u
// out  y       [F]     f32
// const  F
// lanes  64 per workgroup, one lane per element; dispatch ceil(F / 64)
//
// reference  kernels/reference/elementwise.ts     test  test/browser/gpu/kernels.test.ts

override F: u32;

@group(0) @binding(0) var<storage, read> gateUp: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn swiglu(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= F) { return; }
  let g = gateUp[i];
  y[i] = g / (1.0 + exp(-g)) * gateUp[F + i];
}
