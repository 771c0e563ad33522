// embed.wgsl: a step's input: the sum of one row of each table.
//
//   x[b] = Σₜ table[first[t] + index[b, t]]
//
// in   weights                     part weights_*; all tables stacked, the text table last
// in   first  [T]            u32   first row of each table
// in   step   [BATCH, STEP]  u32   slot; the audio codes, index of tables 0 … T−2; …
// in   state  [slots, 4]     u32   token to feed, index of table T−1; …
// out  x      [BATCH, K4]    vec4f
// const  T, STEP
// parts  weights
// lanes  64 per workgroup, one lane per vec4; dispatch (ceil(K4 / 64), BATCH)
//
// One dispatch for all tables, because reading thirty-three rows of a kilobyte is bound by latency, not by bandwidth.
//
// reference  kernels/reference/embed.ts     test  test/browser/gpu/kernels.test.ts

override T: u32;
override STEP: u32;

@group(0) @binding(0) var<storage, read> first: array<u32>;
@group(0) @binding(1) var<storage, read> step: array<u32>;
@group(0) @binding(2) var<storage, read> state: array<u32>;
@group(0) @binding(3) var<storage, read_write> x: array<vec4f>;

@compute @workgroup_size(64)
fn embed(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= K4) { return; }
  let own = id.y * STEP;
  let token = state[4u * step[own]];
  var sum = vec4f();
  for (var t = 0u; t < T; t++) {
    sum += decode(first[t] + select(step[own + 1u + t], token, t == T - 1u), id.x);
  }
  x[id.y * K4 + id.x] = sum;
}
