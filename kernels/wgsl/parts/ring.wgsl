// ring.wgsl: part. Indices of keys and values in one layer's rings, one ring per session.
//
//   slot:  keys [H, D/2, W] Pair,  values [H, W, D/2] Pair        row = t mod W
//
// const  H; D even; W
//
// Neighbouring lanes read keys of neighbouring rows but neighbouring elements of one value. So the row is the last
// dimension of keys and the element that of values, and both are read in whole cache lines.
//
// reference  kernels/reference/attention.ts     test  test/browser/gpu/fused.test.ts

override H: u32;
override D: u32;
override W: u32;

fn key_at(slot: u32, head: u32, pair: u32, row: u32) -> u32 {
  return ((2u * slot * H + head) * (D / 2u) + pair) * W + row;
}

fn value_at(slot: u32, head: u32, pair: u32, row: u32) -> u32 {
  return (((2u * slot + 1u) * H + head) * W + row) * (D / 2u) + pair;
}
