// pair_f32.wgsl: part. Two neighbouring elements of a key or value, stored as f32.
//
// The reference: twice the memory and traffic of pair_f16.wgsl, without rounding.
//
// reference  kernels/reference/attention.ts     test  test/browser/gpu/fused.test.ts

alias Pair = vec2f;

fn packed(v: vec2f) -> Pair { return v; }
fn unpacked(p: Pair) -> vec2f { return p; }
