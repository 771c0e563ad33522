// rope.wgsl: rotary position embedding of one token's queries and keys, in place.
//
//   x'[2i]   = x[2i]·cos θᵢ − x[2i+1]·sin θᵢ
//   x'[2i+1] = x[2i]·sin θᵢ + x[2i+1]·cos θᵢ         θᵢ = t · P^(−2i/D)
//
// in/out  qkv   [3, H, D]  f32   queries and keys rotate, values do not
// in      step  [STEP]     u32   slot; codes [CODES]; the rotation [D/2, 2] f32 as bits, written by the host
// const   H, D even, CODES
// lanes   64 per workgroup, one lane per pair; dispatch ceil(H·D / 64)
//
// Neighbours rotate, not halves: the other layout also runs, and gives fluent nonsense. The host computes the angles in
// f64: WGSL specifies no accuracy for sin and cos outside −π … π.
//
// paper      RoFormer, arXiv:2104.09864
// reference  kernels/reference/rope.ts     test  test/browser/gpu/kernels.test.ts

override H: u32;
override D: u32;
override CODES: u32;

@group(0) @binding(0) var<storage, read_write> qkv: array<vec2f>; // [3, H, D/2] pairs
@group(0) @binding(1) var<storage, read> step: array<u32>;

@compute @workgroup_size(64)
fn rope(@builtin(global_invocation_id) id: vec3u) {
  let pair = id.x; // of the queries, then the keys
  if (pair >= H * D) { return; }

  let at = 1u + CODES + 2u * (pair % (D / 2u));
  let cosine = bitcast<f32>(step[at]);
  let sine = bitcast<f32>(step[at + 1u]);
  let v = qkv[pair];
  qkv[pair] = vec2f(v.x * cosine - v.y * sine, v.x * sine + v.y * cosine);
}
