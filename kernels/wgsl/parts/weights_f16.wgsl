// weights_f16.wgsl: part. A matrix in f16, a unit of four numbers.
//
// in     weights  [N, K4]  vec2u   four halves, rows padded with zeros to a whole vec4
// const  K4, vec4s per row
//
// Weights stay packed in u32, so that the f16 feature is not needed; products and sums are f32.
//
// reference  kernels/reference/matvec.ts     test  test/browser/gpu/fused.test.ts

override K4: u32;

@group(0) @binding(8) var<storage, read> weights: array<vec2u>;

alias Unit = vec2u;
const UNIT4 = 1u;

fn unit(row: u32, u: u32) -> Unit { return weights[row * K4 + u]; }
fn decode(row: u32, i: u32) -> vec4f { return numbers(weights[row * K4 + i]); }
fn numbers(four: Unit) -> vec4f { return vec4f(unpack2x16float(four.x), unpack2x16float(four.y)); }
