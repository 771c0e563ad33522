// merge_out.wgsl: merges the splits of attention, applies the output projection, adds to the residual stream.
//
//   a[h] = Σₛ e^(m[s] − m)·o[s] / Σₛ e^(m[s] − m)·l[s];   x += W·a
//
// in      partial  [BATCH, H, S, D4 + 1]  vec4f  o padded to D4 vec4s, then (m, l, 0, 0)
// in      weights                                part weights_*
// in/out  x        [BATCH, X]             f32
// const   H, D even, S, D4 = ceil(D/4), N rows, X elements between two sessions' x; SHARES of all sessions' heads
// parts   weights product rows fold
// lanes   LANES per workgroup, one workgroup per ROWS rows; dispatch ceil(N / ROWS)
//
// Every workgroup merges all of a, S·8 KB from the cache, which costs less than a separate dispatch; more rows per
// workgroup repeat it less often.
//
// reference  kernels/reference/fused.ts     test  test/browser/gpu/fused.test.ts

override H: u32;
override D: u32;
override S: u32;
override D4: u32;
override N: u32;
override X: u32;
override SHARES: u32 = BATCH * H * S;

@group(0) @binding(0) var<storage, read> partial: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;

var<workgroup> share: array<f32, SHARES>;

var<private> first: u32;
fn row_of(r: u32) -> u32 { return min(first + r, N - 1u); }

// `head` counts the heads of all sessions.
fn merged(head: u32, i: u32) -> vec4f {
  var sum = vec4f();
  for (var s = 0u; s < S; s++) { sum += share[head * S + s] * partial[(head * S + s) * (D4 + 1u) + i]; }
  return sum;
}

fn activation(b: u32, i: u32) -> vec4f {
  if (D % 4u == 0u) { return merged(b * H + i / D4, i % D4); }
  // A head whose width is not a multiple of four ends inside a vec4.
  var v: vec4f;
  for (var c = 0u; c < 4u; c++) {
    let n = 4u * i + c;
    if (n < H * D) { v[c] = merged(b * H + n / D, n % D / 4u)[n % D % 4u]; }
  }
  return v;
}

@compute @workgroup_size(LANES)
fn merge_out(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  first = group.x * ROWS;
  for (var head = lane; head < BATCH * H; head += LANES) {
    var peak = -3.0e38;
    for (var s = 0u; s < S; s++) { peak = max(peak, partial[(head * S + s) * (D4 + 1u) + D4].x); }
    var total = 0.0;
    for (var s = 0u; s < S; s++) {
      let ml = partial[(head * S + s) * (D4 + 1u) + D4];
      total += exp(ml.x - peak) * ml.y;
    }
    for (var s = 0u; s < S; s++) {
      share[head * S + s] = exp(partial[(head * S + s) * (D4 + 1u) + D4].x - peak) / total;
    }
  }
  workgroupBarrier();

  var sums: array<f32, COUNT>;
  multiply(&sums, lane);
  fold(&sums, lane);
  for (var p = lane; p < BATCH * ROWS; p += LANES) {
    let n = first + p % ROWS;
    if (n < N) { x[p / ROWS * X + n] += folded(p); }
  }
}
