// embed_q8_0.wgsl: the step's input, one row of each table summed, tables in Q8_0.
//
//   x[m] = Σₜ table[rₜ, m]        rₜ = first[t] + index[t]
//
// in   quants  [rows, M/32, 8]  u32   four i8 a word, all tables under one another
// in   scales  [rows, M/32]     f16   two per u32
// in   first   [T]              u32   first row of each table
// in   step    input            u32   the audio codes, index of tables 0 … T−2, then this step's numbers
// in   state   [4]              u32   token to feed, index of table T−1; steps taken; probability's bits; 0
// out  x       [M]              f32
// const  M a multiple of 32; T tables, the text table last
// lanes  64 per workgroup, one lane per word; dispatch ceil(M/4 / 64)
//
// Scales lie apart from quants, because a 34-byte block is never aligned.
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
fn embed_q8_0(@builtin(global_invocation_id) id: vec3u) {
  let word = id.x;
  if (word >= M / 4u) { return; }

  var sum = vec4f();
  for (var t = 0u; t < T; t++) {
    let row = first[t] + select(step[t], state[0], t == T - 1u);
    let block = row * (M / 32u) + word / 8u;
    let d = unpack2x16float(scales[block / 2u])[block % 2u];
    // Shifting left first brings each byte's sign to the top.
    let q = vec4i(vec4u(quants[row * (M / 4u) + word]) << vec4u(24u, 16u, 8u, 0u)) >> vec4u(24u);
    sum += d * vec4f(q);
  }
  x[word] = sum;
}
