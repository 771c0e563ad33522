// embed_f16.wgsl: the step's input, one row of each table summed, tables in f16.
//
//   x[m] = Σₜ table[rₜ, m]        rₜ = first[t] + index[t]
//
// in   table   [rows, M]        f16   two per u32, all tables under one another
// in   first   [T]              u32   first row of each table
// in   step    input            u32   the audio codes, index of tables 0 … T−2, then this step's numbers
// in   state   [4]              u32   token to feed, index of table T−1; steps taken; probability's bits; 0
// out  x       [M]              f32
// const  M even; T tables, the text table last
// lanes  64 per workgroup, one lane per pair of elements; dispatch ceil(M/2 / 64)
//
// Halves travel packed, so that no f16 feature is needed.
//
// reference  kernels/reference/embed.ts     test  test/browser/gpu/kernels.test.ts

override M: u32;
override T: u32;

@group(0) @binding(0) var<storage, read> table: array<u32>;
@group(0) @binding(1) var<storage, read> first: array<u32>;
@group(0) @binding(2) var<storage, read> step: array<u32>;
@group(0) @binding(3) var<storage, read> state: array<u32>;
@group(0) @binding(4) var<storage, read_write> x: array<vec2f>;

@compute @workgroup_size(64)
fn embed_f16(@builtin(global_invocation_id) id: vec3u) {
  let pair = id.x;
  if (pair >= M / 2u) { return; }

  var sum = vec2f();
  for (var t = 0u; t < T; t++) {
    let row = first[t] + select(step[t], state[0], t == T - 1u);
    sum += unpack2x16float(table[row * (M / 2u) + pair]);
  }
  x[pair] = sum;
}
