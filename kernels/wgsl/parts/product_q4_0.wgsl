// product_q4_0.wgsl: part. The product of a block of Q4_0 weights and 32 activations, in f32.
//
//   product = d · (Σⱼ q[j]·a[j] − 8·Σⱼ a[j])
//
// The −8 is subtracted once per block, and Σⱼ a[j] serves every row.
//
// reference  kernels/reference/matvec.ts     test  test/browser/gpu/fused.test.ts

struct Activations {
  low: array<vec4f, 4>,
  high: array<vec4f, 4>,
  eight_sums: f32,
}

fn prepare(b: u32, u: u32) -> Activations {
  let i = u * UNIT4;
  let low = array<vec4f, 4>(activation(b, i), activation(b, i + 1u), activation(b, i + 2u), activation(b, i + 3u));
  let high = array<vec4f, 4>(activation(b, i + 4u), activation(b, i + 5u), activation(b, i + 6u), activation(b, i + 7u));
  let sum = low[0] + low[1] + low[2] + low[3] + high[0] + high[1] + high[2] + high[3];
  return Activations(low, high, 8.0 * dot(sum, vec4f(1.0)));
}

fn product(w: Unit, a: Activations) -> f32 {
  let q = w.quants;
  let low =
    dot(nibbles(q.x, 0u), a.low[0]) + dot(nibbles(q.y, 0u), a.low[1])
    + dot(nibbles(q.z, 0u), a.low[2]) + dot(nibbles(q.w, 0u), a.low[3]);
  let high =
    dot(nibbles(q.x, 4u), a.high[0]) + dot(nibbles(q.y, 4u), a.high[1])
    + dot(nibbles(q.z, 4u), a.high[2]) + dot(nibbles(q.w, 4u), a.high[3]);
  return w.scale * (low + high - a.eight_sums);
}
