// kv_append.wgsl: writes one token's keys and values into the ring.
//
//   K[h, t mod W] = k[h];   V[h, t mod W] = v[h]
//
// in   qkv    [3, H, D]     f32   k already rotated
// in   state  [4]           u32   token; t, the steps taken; …
// out  K, V   [H, W, D/2]   Pair  part pair: two numbers as f16 or f32
// const  H, D even, W
// parts  pair
// lanes  64 per workgroup, one lane per pair; dispatch ceil(H·D/2 / 64)
//
// reference  kernels/reference/attention.ts     test  test/browser/gpu/kernels.test.ts

override H: u32;
override D: u32;
override W: u32;

@group(0) @binding(0) var<storage, read> qkv: array<vec2f>;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read_write> K: array<Pair>;
@group(0) @binding(3) var<storage, read_write> V: array<Pair>;

@compute @workgroup_size(64)
fn kv_append(@builtin(global_invocation_id) id: vec3u) {
  let width = D / 2u;
  let pair = id.x;
  if (pair >= H * width) { return; }

  let row = state[1] % W;
  let to = (pair / width * W + row) * width + pair % width;
  K[to] = packed(qkv[H * width + pair]);
  V[to] = packed(qkv[2u * H * width + pair]);
}
