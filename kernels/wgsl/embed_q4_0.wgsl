// embed_q4_0.wgsl: the step's input, one row of each table summed, tables in Q4_0.
//
//   x[m] = Σₜ d[rₜ, m/32] · (q[rₜ, m] − 8)        rₜ = first[t] + index[t]
//
// in   quants  [rows, M/32, 4]  u32   all tables under one another; 32 nibbles a block, word w holds elements
//                                     4w…4w+3 (low nibbles) and 16+4w… (high)
// in   scales  [rows, M/32]     f16   two per u32
// in   first   [T]              u32   first row of each table
// in   step    input            u32   the audio codes, index of tables 0 … T−2, then this step's numbers
// in   state   [4]              u32   token to feed, index of table T−1; steps taken; probability's bits; 0
// out  x       [M]              f32
// const  M a multiple of 32; T tables, the text table last
// lanes  64 per workgroup, one lane per word of a block; dispatch ceil(M/8 / 64)
//
// Why one dispatch for all tables: thirty-three rows of a kilobyte are latency, not bandwidth.
//
// reference  kernels/reference/embed.ts     test  test/browser/gpu/kernels.test.ts

override M: u32;
override T: u32;

@group(0) @binding(0) var<storage, read> quants: array<u32>;
@group(0) @binding(1) var<storage, read> scales: array<u32>;
@group(0) @binding(2) var<storage, read> first: array<u32>;
@group(0) @binding(3) var<storage, read> step: array<u32>;
@group(0) @binding(4) var<storage, read> state: array<u32>;
@group(0) @binding(5) var<storage, read_write> x: array<vec4f>;

@compute @workgroup_size(64)
fn embed_q4_0(@builtin(global_invocation_id) id: vec3u) {
  let word = id.x;
  if (word >= M / 8u) { return; }

  let block = word / 4u;
  var low = vec4f();
  var high = vec4f();
  for (var t = 0u; t < T; t++) {
    let row = first[t] + select(step[t], state[0], t == T - 1u);
    let at = row * (M / 32u) + block;
    let d = unpack2x16float(scales[at / 2u])[at % 2u];
    let q = vec4u(quants[at * 4u + word % 4u]) >> vec4u(0u, 8u, 16u, 24u);
    low += d * (vec4f(q & vec4u(15u)) - 8.0);
    high += d * (vec4f((q >> vec4u(4u)) & vec4u(15u)) - 8.0);
  }
  x[block * 8u + word % 4u] = low;
  x[block * 8u + 4u + word % 4u] = high;
}
