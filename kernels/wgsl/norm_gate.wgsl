// norm_gate.wgsl: RMSNorm, the feed-forward network's gate and up projections, and the gate.
//
//   (g, u) = W·norm(x);   h[i] = g[i] / (1 + e^(−g[i])) · u[i]
//
// in   x, alpha, weights        parts norm and weights_*; W [2·F, M], the gate's rows first
// out  h  [BATCH, X]     f32
// const  F, X elements between two sessions' h, ROWS even
// parts  weights product norm rows fold
// lanes  LANES per workgroup, one workgroup per ROWS/2 of F; dispatch ceil(2·F / ROWS)
//
// A workgroup computes the gate's rows and the matching rows of the up projection, so that the 2·F sums never leave it.
//
// reference  kernels/reference/fused.ts     test  test/browser/gpu/fused.test.ts

override F: u32;
override X: u32;

@group(0) @binding(2) var<storage, read_write> h: array<f32>;

var<private> first: u32;
fn row_of(r: u32) -> u32 {
  let i = min(first + r % (ROWS / 2u), F - 1u);
  return select(i, F + i, r >= ROWS / 2u);
}

@compute @workgroup_size(LANES)
fn norm_gate(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let own = ROWS / 2u;
  first = group.x * own;
  var sums: array<f32, COUNT>;
  multiply(&sums, lane);
  squares(&sums, lane);
  fold(&sums, lane);
  for (var p = lane; p < BATCH * own; p += LANES) {
    let b = p / own;
    let r = p % own;
    if (first + r >= F) { continue; }
    let g = normalised(b, r);
    h[b * X + first + r] = g / (1.0 + exp(-g)) * normalised(b, own + r);
  }
}
