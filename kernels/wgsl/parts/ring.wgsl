// ring.wgsl: part. Indices of keys and values in one layer's rings, one ring per session.
//
//   seat:  keys [H, D/2, W] Pair,  values [H, W, D/2] Pair        slot = t mod W
//
// const  H; D even; W
//
// Neighbouring lanes read keys of neighbouring slots but neighbouring elements of one value. So the slot is the last
// dimension of keys and the element that of values, and both are read in whole cache lines.
//
// reference  kernels/reference/attention.ts     test  test/browser/gpu/fused.test.ts

override H: u32;
override D: u32;
override W: u32;

fn key_at(seat: u32, head: u32, pair: u32, slot: u32) -> u32 {
  return ((2u * seat * H + head) * (D / 2u) + pair) * W + slot;
}

fn value_at(seat: u32, head: u32, pair: u32, slot: u32) -> u32 {
  return (((2u * seat + 1u) * H + head) * W + slot) * (D / 2u) + pair;
}
