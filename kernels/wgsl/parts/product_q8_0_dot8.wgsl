// product_q8_0_dot8.wgsl: part. The product of a block of Q8_0 weights and 32 activations, in 8-bit integers.
//
//   product = d · s · Σⱼ q[j]·i[j]        i = round(a / s), s = max |a| / 127 over the block
//
// Like product_q4_0_dot8.wgsl; the weights are already signed.
//
// reference  kernels/reference/quantize.ts     test  test/browser/gpu/fused.test.ts

requires packed_4x8_integer_dot_product;

struct Activations {
  values: array<u32, 8>,
  scale: f32,
}

fn prepare(b: u32, u: u32) -> Activations {
  var values: array<vec4f, 8>;
  var peak = vec4f();
  for (var i = 0u; i < 8u; i++) {
    values[i] = activation(b, u * UNIT4 + i);
    peak = max(peak, abs(values[i]));
  }
  let scale = max(max(max(peak.x, peak.y), max(peak.z, peak.w)), 1e-30) / 127.0;
  var a: Activations;
  a.scale = scale;
  for (var i = 0u; i < 8u; i++) { a.values[i] = pack4xI8(vec4i(round(values[i] / scale))); }
  return a;
}

fn product(w: Unit, a: Activations) -> f32 {
  var sum = 0;
  for (var i = 0u; i < 4u; i++) {
    sum += dot4I8Packed(w.first[i], a.values[i]) + dot4I8Packed(w.second[i], a.values[4u + i]);
  }
  return w.scale * a.scale * f32(sum);
}
