// attention.wgsl: one token's attention over the ring, without splits: a workgroup per head.
//
//   s[j] = q·K[j] / √D;   y = Σⱼ softmax(s)[j] · V[j]      j over the min(t + 1, W) rows written
//
// in   qkv    [3, H, D]     f32   q already rotated; k and v already appended
// in   K, V   [H, W, D/2]   Pair  part pair: two numbers as f16 or f32
// in   state  [4]           u32   token; t, the steps taken; …
// out  y      [H, D]        f32
// const  D even, W at most 3 900 (the scores are in workgroup memory)
// parts  pair
// lanes  one workgroup of 64 per head; dispatch H
//
// A softmax does not depend on the order of keys, so the ring is read from its first row.
//
// reference  kernels/reference/attention.ts     test  test/browser/gpu/kernels.test.ts

override D: u32;
override W: u32;

@group(0) @binding(0) var<storage, read> qkv: array<vec2f>;
@group(0) @binding(1) var<storage, read> K: array<Pair>;
@group(0) @binding(2) var<storage, read> V: array<Pair>;
@group(0) @binding(3) var<storage, read> state: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec2f>;

const LANES = 64u;
var<workgroup> scores: array<f32, W>;
var<workgroup> folded: array<f32, LANES>;

@compute @workgroup_size(64)
fn attention(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let head = group.x;
  let width = D / 2u;
  let rows = min(state[1] + 1u, W);
  let first = head * W * width;
  let scale = inverseSqrt(f32(D));

  var peak = -3.0e38;
  for (var j = lane; j < rows; j += LANES) {
    var sum = 0.0;
    for (var i = 0u; i < width; i++) { sum += dot(qkv[head * width + i], unpacked(K[first + j * width + i])); }
    scores[j] = sum * scale;
    peak = max(peak, scores[j]);
  }
  folded[lane] = peak;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { folded[lane] = max(folded[lane], folded[lane + half]); }
    workgroupBarrier();
  }
  peak = folded[0];
  workgroupBarrier();

  var total = 0.0;
  for (var j = lane; j < rows; j += LANES) {
    scores[j] = exp(scores[j] - peak);
    total += scores[j];
  }
  folded[lane] = total;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { folded[lane] += folded[lane + half]; }
    workgroupBarrier();
  }
  total = folded[0];

  for (var i = lane; i < width; i += LANES) {
    var sum = vec2f();
    for (var j = 0u; j < rows; j++) { sum += scores[j] * unpacked(V[first + j * width + i]); }
    y[head * width + i] = sum / total;
  }
}
