// attention_split.wgsl: one token's attention over a part of the ring, for one head of one session.
//
//   s[j] = q·K[j];   m = max s;   l = Σⱼ e^(s[j] − m);   o = Σⱼ e^(s[j] − m)·V[j]        j over this split's rows
//
// in   q        [BATCH, H, D]              f32   rotated, divided by √D
// in   ring     [slots, …]                 Pair  part ring; the row of t is already written
// in   step     [BATCH, STEP]              u32   slot; …
// in   state    [slots, 4]                 u32   token; t, the steps taken; …
// out  partial  [BATCH, H, S, 2·(D4 + 1)]  vec2f o, padded to D4 vec4s, then (m, l)
// const  S, splits of the ring; STEP; LANES; D4 = ceil(D/4); PAIRS of a head; SCORES, the most rows of a split
// parts  pair ring fold
// lanes  LANES per workgroup; dispatch (S, H, BATCH)
//
// H workgroups would leave most of a GPU idle while each reads 750 rows, so S workgroups share a head. A workgroup cannot
// wait for another, so merge_out.wgsl merges the splits. A split without rows writes l = 0.
// A softmax does not depend on the order of keys, so the ring is read from its first row.
//
// paper      Flash-Decoding, in the manner of arXiv:2205.14135
// reference  kernels/reference/fused.ts     test  test/browser/gpu/fused.test.ts

override S: u32;
override STEP: u32;
override LANES: u32;
override D4: u32;
override PAIRS: u32 = D / 2u;
override SCORES: u32 = (W + S - 1u) / S;

@group(0) @binding(0) var<storage, read> q: array<vec2f>;
@group(0) @binding(1) var<storage, read> ring: array<Pair>;
@group(0) @binding(2) var<storage, read> step: array<u32>;
@group(0) @binding(3) var<storage, read> state: array<u32>;
@group(0) @binding(4) var<storage, read_write> partial: array<vec2f>;

const LOWEST = -3.0e38;
var<workgroup> query: array<vec2f, PAIRS>;
var<workgroup> scores: array<f32, SCORES>;
var<workgroup> mixed: array<vec2f, LANES>;

@compute @workgroup_size(LANES)
fn attention_split(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let head = group.y;
  let slot = step[group.z * STEP];
  let rows = min(state[4u * slot + 1u] + 1u, W);
  let span = (rows + S - 1u) / S;
  let start = min(group.x * span, rows);
  let count = min(start + span, rows) - start;

  for (var i = lane; i < PAIRS; i += LANES) { query[i] = q[(group.z * groups.y + head) * PAIRS + i]; }
  workgroupBarrier();

  var peak = LOWEST;
  for (var j = lane; j < count; j += LANES) {
    var sum = 0.0;
    for (var i = 0u; i < PAIRS; i++) { sum += dot(query[i], unpacked(ring[key_at(slot, head, i, start + j)])); }
    scores[j] = sum;
    peak = max(peak, sum);
  }
  peak = fold_max(peak, lane);
  var total = 0.0;
  for (var j = lane; j < count; j += LANES) {
    let e = exp(scores[j] - peak);
    scores[j] = e;
    total += e;
  }
  // Its barriers also make the other lanes' scores visible.
  total = fold_sum(total, lane);

  // Where a workgroup has more lanes than a head has pairs, several lanes share a pair and read different rows.
  let width = min(PAIRS, LANES);
  let teams = LANES / width;
  let team = lane / width;
  let out = ((group.z * groups.y + head) * S + group.x) * 2u * (D4 + 1u);
  for (var base = 0u; base < PAIRS; base += width) {
    let i = base + lane % width;
    var sum = vec2f();
    if (team < teams && i < PAIRS) {
      for (var j = team; j < count; j += teams) { sum += scores[j] * unpacked(ring[value_at(slot, head, i, start + j)]); }
    }
    mixed[lane] = sum;
    workgroupBarrier();
    if (team == 0u && i < PAIRS) {
      for (var other = 1u; other < teams; other++) { sum += mixed[other * width + lane]; }
      partial[out + i] = sum;
    }
    workgroupBarrier();
  }
  if (lane == 0u) { partial[out + 2u * D4] = vec2f(peak, total); }
}
