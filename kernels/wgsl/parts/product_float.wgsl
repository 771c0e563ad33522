// product_float.wgsl: part. The product of a unit of f32 or f16 weights and four activations, in f32.
//
//   product = Σⱼ w[j]·a[j]
//
// reference  kernels/reference/matvec.ts     test  test/browser/gpu/fused.test.ts

alias Activations = vec4f;

fn prepare(b: u32, u: u32) -> Activations { return activation(b, u); }
fn product(w: Unit, a: Activations) -> f32 { return dot(numbers(w), a); }
