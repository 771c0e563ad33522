// linear_add.wgsl: a linear layer, added to the residual stream.
//
//   x += W·h
//
// in      h        [BATCH, K4]  vec4f
// in      weights               part weights_*
// in/out  x        [BATCH, X]   f32
// const   N rows, X elements between two sessions' x
// parts   weights product rows fold
// lanes   LANES per workgroup, one workgroup per ROWS rows; dispatch ceil(N / ROWS)
//
// 5 632 activations do not fit the 16 KiB of workgroup memory that every GPU has. Each lane reads the activations
// of its units from storage, once for all rows.
//
// reference  kernels/reference/fused.ts     test  test/browser/gpu/fused.test.ts

override N: u32;
override X: u32;

@group(0) @binding(0) var<storage, read> h: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;

var<private> first: u32;
fn row_of(r: u32) -> u32 { return min(first + r, N - 1u); }
fn activation(b: u32, i: u32) -> vec4f { return h[b * K4 + i]; }

@compute @workgroup_size(LANES)
fn linear_add(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  first = group.x * ROWS;
  var sums: array<f32, COUNT>;
  multiply(&sums, lane);
  fold(&sums, lane);
  for (var p = lane; p < BATCH * ROWS; p += LANES) {
    let n = first + p % ROWS;
    if (n < N) { x[p / ROWS * X + n] += folded(p); }
  }
}
