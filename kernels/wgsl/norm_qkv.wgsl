// norm_qkv.wgsl: RMSNorm, the queries, keys and values of one token, their rotation, and the ring's new row.
//
//   (q, k, v) = W·norm(x);   q and k rotate by θᵢ = t · P^(−2i/D);   row t mod W of the ring = (k, v)
//
// in      x, alpha, weights           parts norm and weights_*
// in      step    [BATCH, STEP] u32   slot; CODES codes; the rotation [D/2, 2] f32 as bits, written by the host
// in      state   [slots, 4]    u32   token; t, the steps taken; …
// out     q       [BATCH, H, D] f32   divided by √D
// in/out  ring    [slots, …]    Pair  part ring; one row of each slot is written
// const   STEP, CODES; ROWS even
// parts   weights product norm rows fold pair ring
// lanes   LANES per workgroup, one workgroup per ROWS rows; dispatch ceil(3·H·D / ROWS)
//
// Neighbours rotate, so one workgroup computes both rows of a pair. The host computes the angles in f64: WGSL specifies
// no accuracy for sin and cos outside −π … π.
//
// paper      RoFormer, arXiv:2104.09864
// reference  kernels/reference/fused.ts     test  test/browser/gpu/fused.test.ts

override STEP: u32;
override CODES: u32;

@group(0) @binding(2) var<storage, read> step: array<u32>;
@group(0) @binding(3) var<storage, read> state: array<u32>;
@group(0) @binding(4) var<storage, read_write> q: array<vec2f>;
@group(0) @binding(5) var<storage, read_write> ring: array<Pair>;

var<private> first: u32;
// Rows past the end repeat the last; their sums are not stored.
fn row_of(r: u32) -> u32 { return min(first + r, 3u * H * D - 1u); }

@compute @workgroup_size(LANES)
fn norm_qkv(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  first = group.x * ROWS;
  var sums: array<f32, COUNT>;
  multiply(&sums, lane);
  squares(&sums, lane);
  fold(&sums, lane);

  for (var p = lane; p < BATCH * ROWS / 2u; p += LANES) {
    let b = p / (ROWS / 2u);
    let r = 2u * (p % (ROWS / 2u));
    if (first + r >= 3u * H * D) { continue; }
    let v = vec2f(normalised(b, r), normalised(b, r + 1u));
    let part = (first + r) / (H * D);
    let pair = (first + r) % (H * D) / 2u;
    let i = pair % (D / 2u);
    let head = pair / (D / 2u);
    let angle = b * STEP + 1u + CODES + 2u * i;
    let cosine = bitcast<f32>(step[angle]);
    let sine = bitcast<f32>(step[angle + 1u]);
    let turned = vec2f(v.x * cosine - v.y * sine, v.x * sine + v.y * cosine);
    let slot = step[b * STEP];
    let row = state[4u * slot + 1u] % W;
    switch part {
      case 0u: { q[b * H * D / 2u + pair] = turned * inverseSqrt(f32(D)); }
      case 1u: { ring[key_at(slot, head, i, row)] = packed(turned); }
      default: { ring[value_at(slot, head, i, row)] = packed(v); }
    }
  }
}
