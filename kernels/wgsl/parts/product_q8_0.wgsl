// product_q8_0.wgsl: part. The product of a block of Q8_0 weights and 32 activations, in f32.
//
//   product = d · Σⱼ q[j]·a[j]
//
// reference  kernels/reference/matvec.ts     test  test/browser/gpu/fused.test.ts

alias Activations = array<vec4f, 8>;

fn prepare(b: u32, u: u32) -> Activations {
  let i = u * UNIT4;
  return Activations(
    activation(b, i), activation(b, i + 1u), activation(b, i + 2u), activation(b, i + 3u),
    activation(b, i + 4u), activation(b, i + 5u), activation(b, i + 6u), activation(b, i + 7u),
  );
}

fn product(w: Unit, a: Activations) -> f32 {
  let first =
    dot(signed_bytes(w.first.x), a[0]) + dot(signed_bytes(w.first.y), a[1])
    + dot(signed_bytes(w.first.z), a[2]) + dot(signed_bytes(w.first.w), a[3]);
  let second =
    dot(signed_bytes(w.second.x), a[4]) + dot(signed_bytes(w.second.y), a[5])
    + dot(signed_bytes(w.second.z), a[6]) + dot(signed_bytes(w.second.w), a[7]);
  return w.scale * (first + second);
}
