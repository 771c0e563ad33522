// fold_subgroups.wgsl: part. Sums COUNT values, or one, over the lanes of a workgroup, using subgroups.
//
// const  LANES, a power of two; COUNT; FOLDING, their product
//
// Assumes that the lanes of a subgroup are neighbours, as on every GPU tested with one-dimensional workgroups. A GPU that
// numbers them differently fails the comparison with fold_tree.wgsl at load, and then does not use this part.
//
// reference  kernels/reference/softmax.ts     test  test/browser/gpu/fused.test.ts

enable subgroups;

override COUNT: u32 = 1u;
override FOLDING: u32 = LANES * COUNT;

var<workgroup> folding: array<f32, FOLDING>;
var<workgroup> one: array<f32, LANES>;

// Afterwards every lane may read the sums with `folded`.
fn fold(values: ptr<function, array<f32, COUNT>>, lane: u32) {
  let size = subgroupAdd(1u);
  let leader = subgroupMin(lane);
  for (var c = 0u; c < COUNT; c++) {
    let sum = subgroupAdd((*values)[c]);
    if (lane == leader) { folding[c * LANES + leader / size] = sum; }
  }
  workgroupBarrier();
  for (var c = lane; c < COUNT; c += LANES) {
    var sum = 0.0;
    for (var i = 0u; i < LANES / size; i++) { sum += folding[c * LANES + i]; }
    folding[c * LANES] = sum;
  }
  workgroupBarrier();
}

fn folded(c: u32) -> f32 { return folding[c * LANES]; }

fn fold_max(value: f32, lane: u32) -> f32 {
  let size = subgroupAdd(1u);
  let leader = subgroupMin(lane);
  let own = subgroupMax(value);
  if (lane == leader) { one[leader / size] = own; }
  workgroupBarrier();
  var peak = one[0];
  for (var i = 1u; i < LANES / size; i++) { peak = max(peak, one[i]); }
  workgroupBarrier();
  return peak;
}

fn fold_sum(value: f32, lane: u32) -> f32 {
  let size = subgroupAdd(1u);
  let leader = subgroupMin(lane);
  let own = subgroupAdd(value);
  if (lane == leader) { one[leader / size] = own; }
  workgroupBarrier();
  var sum = 0.0;
  for (var i = 0u; i < LANES / size; i++) { sum += one[i]; }
  workgroupBarrier();
  return sum;
}
