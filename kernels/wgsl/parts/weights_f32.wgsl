// weights_f32.wgsl: part. A matrix in f32, a unit of four numbers.
//
// in     weights  [N, K4]  vec4f   rows padded with zeros to a whole vec4
// const  K4, vec4s per row
//
// The reference for the other types. bf16, and quantised rows that are not whole blocks, are decoded to it.
//
// reference  kernels/reference/matvec.ts     test  test/browser/gpu/fused.test.ts

override K4: u32;

@group(0) @binding(8) var<storage, read> weights: array<vec4f>;

alias Unit = vec4f;
const UNIT4 = 1u;

fn unit(row: u32, u: u32) -> Unit { return weights[row * K4 + u]; }
fn decode(row: u32, i: u32) -> vec4f { return weights[row * K4 + i]; }
fn numbers(four: Unit) -> vec4f { return four; }
