// kv_append.wgsl: puts one token's keys and values into the ring, as f16.
//
//   K[h, t mod W] = k[h];   V[h, t mod W] = v[h]
//
// in   qkv    [3, H, D]     f32   k already rotated
// in   state  [4]           u32   token; t, the steps taken; …
// out  K, V   [H, W, D/2]   u32   two f16 each
// const  H, D even, W
// lanes  64 per workgroup, one lane per pair; dispatch ceil(H·D/2 / 64)
//
// f16 halves the traffic of attention, a sixth of a full step's bytes. Keys and values are of order one, so an f16's
// eleven bits cost less than the rounding of Q4 weights.
//
// reference  kernels/reference/attention.ts     test  test/browser/gpu/kernels.test.ts

override H: u32;
override D: u32;
override W: u32;

@group(0) @binding(0) var<storage, read> qkv: array<vec2f>;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read_write> K: array<u32>;
@group(0) @binding(3) var<storage, read_write> V: array<u32>;

@compute @workgroup_size(64)
fn kv_append(@builtin(global_invocation_id) id: vec3u) {
  let width = D / 2u;
  let pair = id.x;
  if (pair >= H * width) { return; }

  let slot = state[1] % W;
  let to = (pair / width * W + slot) * width + pair % width;
  K[to] = pack2x16float(qkv[H * width + pair]);
  V[to] = pack2x16float(qkv[2u * H * width + pair]);
}
