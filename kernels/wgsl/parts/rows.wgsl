// rows.wgsl: part. A workgroup's part of Y = X·Wᵀ: ROWS rows of W by BATCH vectors, one partial sum per lane.
//
//   sums[b·ROWS + r] += Σ W[row_of(r), k]·activation(b, k)        over the units u ≡ lane mod LANES
//
// const  LANES; ROWS; BATCH, sessions that step together
// needs  unit, prepare, product: of the parts weights_* and product_*
// needs  row_of(r), activation(b, i): of the kernel; i counts vec4s
//
// One token reads every weight once, so bandwidth is the limit. The lanes read neighbouring units of the same rows. A
// unit's weights stay in registers for all sessions' activations, and a session's activations serve all rows.
//
// reference  kernels/reference/matvec.ts     test  test/browser/gpu/fused.test.ts

override LANES: u32;
override ROWS: u32;
override BATCH: u32;

fn multiply(sums: ptr<function, array<f32, COUNT>>, lane: u32) {
  for (var u = lane; u < K4 / UNIT4; u += LANES) {
    var units: array<Unit, ROWS>;
    for (var r = 0u; r < ROWS; r++) { units[r] = unit(row_of(r), u); }
    for (var b = 0u; b < BATCH; b++) {
      let a = prepare(b, u);
      for (var r = 0u; r < ROWS; r++) { (*sums)[b * ROWS + r] += product(units[r], a); }
    }
  }
}
