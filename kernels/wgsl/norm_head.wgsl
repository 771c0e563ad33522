// norm_head.wgsl: RMSNorm, the text logits, and the pause heads' logits.
//
//   logits = W·norm(x);   pause = P·norm(x)
//
// in   x, alpha, weights             parts norm and weights_*; W [V, M]
// in   pause_weights  [P, K4] vec4f  the pause heads, stacked; not read if P is 0
// out  logits         [BATCH, V] f32
// out  pause          [BATCH, P] f32
// const  V, P
// parts  weights product norm rows fold
// lanes  LANES per workgroup, one workgroup per ROWS rows; dispatch ceil(V / ROWS) + ceil(P / ROWS)
//
// The last workgroups compute the pause heads, which are always f32.
//
// reference  kernels/reference/fused.ts     test  test/browser/gpu/fused.test.ts

override V: u32;
override P: u32;

@group(0) @binding(2) var<storage, read> pause_weights: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> logits: array<f32>;
@group(0) @binding(4) var<storage, read_write> pause: array<f32>;

var<private> first: u32;
fn row_of(r: u32) -> u32 { return min(first + r, V - 1u); }

fn multiply_pause(sums: ptr<function, array<f32, COUNT>>, from_row: u32, lane: u32) {
  for (var i = lane; i < K4; i += LANES) {
    for (var b = 0u; b < BATCH; b++) {
      let a = activation(b, i);
      for (var r = 0u; r < ROWS; r++) {
        (*sums)[b * ROWS + r] += dot(pause_weights[min(from_row + r, P - 1u) * K4 + i], a);
      }
    }
  }
}

@compute @workgroup_size(LANES)
fn norm_head(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let heads = (V + ROWS - 1u) / ROWS;
  let is_pause = group.x >= heads;
  first = select(group.x, group.x - heads, is_pause) * ROWS;
  var sums: array<f32, COUNT>;
  if (is_pause) { multiply_pause(&sums, first, lane); } else { multiply(&sums, lane); }
  squares(&sums, lane);
  fold(&sums, lane);
  for (var p = lane; p < BATCH * ROWS; p += LANES) {
    let b = p / ROWS;
    let n = first + p % ROWS;
    let v = normalised(b, p % ROWS);
    if (is_pause) {
      if (n < P) { pause[b * P + n] = v; }
    } else if (n < V) {
      logits[b * V + n] = v;
    }
  }
}
