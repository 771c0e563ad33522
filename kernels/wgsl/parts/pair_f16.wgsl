// pair_f16.wgsl: part. Two neighbouring elements of a key or value, stored as f16.
//
// f16 halves the traffic of attention, a sixth of a full step's bytes. Keys and values are of order one, so an f16's
// eleven bits cost less than the rounding of Q4 weights.
//
// reference  kernels/reference/f16.ts     test  test/browser/gpu/fused.test.ts

alias Pair = u32;

fn packed(v: vec2f) -> Pair { return pack2x16float(v); }
fn unpacked(p: Pair) -> vec2f { return unpack2x16float(p); }
