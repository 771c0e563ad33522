// norm.wgsl: part. RMSNorm of the input inside the product that reads it.
//
//   h = x · α / √(mean x² + EPS);   W·h = (W·(x·α)) / √(mean x² + EPS)
//
// in     x      [BATCH, K4]  vec4f
// in     alpha  [K4]         vec4f
// const  M, elements of x without padding; EPS
//
// The divisor is a single number, so it is applied after the fold: the pass that multiplies also sums the squares, as
// BATCH more values to fold, and no workgroup waits for another or reads x twice.
//
// reference  kernels/reference/norm.ts     test  test/browser/gpu/fused.test.ts

override M: u32;
override EPS: f32;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> alpha: array<vec4f>;

fn activation(b: u32, i: u32) -> vec4f { return x[b * K4 + i] * alpha[i]; }

fn squares(sums: ptr<function, array<f32, COUNT>>, lane: u32) {
  for (var i = lane; i < K4; i += LANES) {
    for (var b = 0u; b < BATCH; b++) {
      let v = x[b * K4 + i];
      (*sums)[ROWS * BATCH + b] += dot(v, v);
    }
  }
}

// Row r of session b, normalised. Call after the fold.
fn normalised(b: u32, r: u32) -> f32 {
  return folded(b * ROWS + r) * inverseSqrt(folded(ROWS * BATCH + b) / f32(M) + EPS);
}
