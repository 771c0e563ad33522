// fold_tree.wgsl: part. Sums COUNT values, or one, over the lanes of a workgroup, in workgroup memory.
//
// const  LANES, a power of two; COUNT; FOLDING, their product
//
// Works on every GPU. fold_subgroups.wgsl does the same with fewer barriers.
//
// reference  kernels/reference/softmax.ts     test  test/browser/gpu/fused.test.ts

override COUNT: u32 = 1u;
override FOLDING: u32 = LANES * COUNT;

var<workgroup> folding: array<f32, FOLDING>;
var<workgroup> one: array<f32, LANES>;

// Afterwards every lane may read the sums with `folded`.
fn fold(values: ptr<function, array<f32, COUNT>>, lane: u32) {
  for (var c = 0u; c < COUNT; c++) { folding[c * LANES + lane] = (*values)[c]; }
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      for (var c = 0u; c < COUNT; c++) { folding[c * LANES + lane] += folding[c * LANES + lane + half]; }
    }
    workgroupBarrier();
  }
}

fn folded(c: u32) -> f32 { return folding[c * LANES]; }

fn fold_max(value: f32, lane: u32) -> f32 {
  one[lane] = value;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { one[lane] = max(one[lane], one[lane + half]); }
    workgroupBarrier();
  }
  let peak = one[0];
  workgroupBarrier();
  return peak;
}

fn fold_sum(value: f32, lane: u32) -> f32 {
  one[lane] = value;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { one[lane] += one[lane + half]; }
    workgroupBarrier();
  }
  let sum = one[0];
  workgroupBarrier();
  return sum;
}
