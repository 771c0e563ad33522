// pair_f32.wgsl: part. Two neighbours of a key or a value, kept as f32.
//
// The yardstick: twice the memory and traffic of pair_f16.wgsl, and nothing rounded.
//
// reference  kernels/reference/attention.ts     test  test/browser/gpu/fused.test.ts

alias Pair = vec2f;

fn packed(v: vec2f) -> Pair { return v; }
fn unpacked(p: Pair) -> vec2f { return p; }
