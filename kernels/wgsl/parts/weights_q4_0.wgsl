// weights_q4_0.wgsl: part. A matrix in Q4_0, a unit of one block: 32 numbers.
//
// in     quants  [N, K4/8]  vec4u  word w holds elements 4w…4w+3 (low nibbles) and 16+4w… (high)
// in     scales  [N, K4/8]  f16    two per u32
// const  K4, vec4s per row; a multiple of 8
//
// A block is one vec4<u32>: a row of 2 048 is one coalesced kilobyte for 64 lanes. Scales are stored separately, because
// every second block of 18 bytes would not be aligned to four bytes. The bytes of quants and scales are the file's.
//
// reference  kernels/reference/q4_0.ts     test  test/browser/gpu/fused.test.ts

override K4: u32;

@group(0) @binding(8) var<storage, read> quants: array<vec4u>;
@group(0) @binding(9) var<storage, read> scales: array<u32>;

struct Unit {
  quants: vec4u,
  scale: f32,
}
const UNIT4 = 8u;

fn scale_at(block: u32) -> f32 { return unpack2x16float(scales[block / 2u])[block % 2u]; }

fn unit(row: u32, u: u32) -> Unit {
  let block = row * (K4 / UNIT4) + u;
  return Unit(quants[block], scale_at(block));
}

// Four nibbles of a word, from bit `shift` of each byte, as numbers.
fn nibbles(word: u32, shift: u32) -> vec4f {
  return vec4f((vec4u(word >> shift) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(15u));
}

fn decode(row: u32, i: u32) -> vec4f {
  let at = row * K4 + i;
  // The first four of a block's eight vec4s are low nibbles, the others high nibbles.
  return scale_at(at / UNIT4) * (nibbles(quants[at / UNIT4][at % 4u], at % UNIT4 / 4u * 4u) - 8.0);
}
