// weights_q8_0.wgsl: part. A matrix in Q8_0, a unit of one block: 32 numbers.
//
// in     quants  [N, K4/8, 2]  vec4u  four i8 per word
// in     scales  [N, K4/8]     f16    two per u32
// const  K4, vec4s per row; a multiple of 8
//
// Scales are stored separately, because blocks of 34 bytes would not be aligned.
//
// reference  kernels/reference/q8_0.ts     test  test/browser/gpu/fused.test.ts

override K4: u32;

@group(0) @binding(8) var<storage, read> quants: array<vec4u>;
@group(0) @binding(9) var<storage, read> scales: array<u32>;

struct Unit {
  first: vec4u,
  second: vec4u,
  scale: f32,
}
const UNIT4 = 8u;

fn scale_at(block: u32) -> f32 { return unpack2x16float(scales[block / 2u])[block % 2u]; }

fn unit(row: u32, u: u32) -> Unit {
  let block = row * (K4 / UNIT4) + u;
  return Unit(quants[2u * block], quants[2u * block + 1u], scale_at(block));
}

// The four signed bytes of a word. The left shift moves each sign to the top bit.
fn signed_bytes(word: u32) -> vec4f {
  return vec4f(vec4i(vec4u(word) << vec4u(24u, 16u, 8u, 0u)) >> vec4u(24u));
}

fn decode(row: u32, i: u32) -> vec4f {
  let at = row * K4 + i;
  return scale_at(at / UNIT4) * signed_bytes(quants[at / 4u][at % 4u]);
}
