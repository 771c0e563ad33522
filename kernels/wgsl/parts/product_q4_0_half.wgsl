// product_q4_0_half.wgsl: part. The product of a block of Q4_0 weights and 32 activations, four at a time in f16.
//
//   product = d · s · Σⱼ (q[j] − 8)·h[j]        h = f16(a / s), s the block's largest magnitude
//
// Activations are first scaled to ±1, so that no f16 overflows. Sums of four are f16, sums of those f32. The error of a
// product is 2⁻¹¹; in product_q4_0.wgsl it is 2⁻²⁴.
//
// reference  kernels/reference/matvec.ts     test  test/browser/gpu/fused.test.ts

enable f16;

struct Activations {
  values: array<vec4<f16>, 8>,
  scale: f32,
}

fn prepare(b: u32, u: u32) -> Activations {
  var values: array<vec4f, 8>;
  var peak = vec4f();
  for (var i = 0u; i < 8u; i++) {
    values[i] = activation(b, u * UNIT4 + i);
    peak = max(peak, abs(values[i]));
  }
  let scale = max(max(max(peak.x, peak.y), max(peak.z, peak.w)), 1e-30);
  var a: Activations;
  a.scale = scale;
  for (var i = 0u; i < 8u; i++) { a.values[i] = vec4<f16>(values[i] / scale); }
  return a;
}

fn centred(word: u32, shift: u32) -> vec4<f16> {
  return vec4<f16>((vec4u(word >> shift) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(15u)) - 8.0h;
}

fn product(w: Unit, a: Activations) -> f32 {
  var sum = 0.0;
  for (var i = 0u; i < 4u; i++) {
    sum += f32(dot(centred(w.quants[i], 0u), a.values[i])) + f32(dot(centred(w.quants[i], 4u), a.values[4u + i]));
  }
  return w.scale * a.scale * sum;
}
