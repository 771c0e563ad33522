// finalise.wgsl: ends a step: the greedy token and its probability, the pause heads' probabilities, the next position.
//
//   token = first i of max logits[i];   probability = 1 / Σ e^(logits − max)
//   pause[h] = softmax(pause[h])
//
// in      logits  [BATCH, V]                f32
// in      pause   [BATCH, HEADS, CLASSES]   f32   logits of the pause heads; not read if HEADS is 0
// in      step    [BATCH, STEP]             u32   slot; …
// in/out  state   [slots, 4]                u32   the next input token; steps taken; the bits of the probability; 0
// out     result  [BATCH, 4 + HEADS·CLASSES] u32  the state after the step, then the bits of the pause probabilities
// const   V, HEADS, CLASSES, STEP
// lanes   one workgroup of 256 per session; dispatch BATCH
//
// The token stays on the GPU for the next step. If no logit is finite the token is 2³² − 1, which the host reports as an
// error. Finiteness is tested on the bits, because shader compilers may assume that NaN does not occur.
//
// reference  kernels/reference/softmax.ts     test  test/browser/gpu/kernels.test.ts

override V: u32;
override HEADS: u32;
override CLASSES: u32;
override STEP: u32;

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> pause: array<f32>;
@group(0) @binding(2) var<storage, read> step: array<u32>;
@group(0) @binding(3) var<storage, read_write> state: array<u32>;
@group(0) @binding(4) var<storage, read_write> result: array<u32>;

const LANES = 256u;
const NONE = 0xffffffffu;
const LOWEST = -3.4028234e38;
var<workgroup> peaks: array<f32, LANES>;
var<workgroup> tokens: array<u32, LANES>;

fn is_finite(v: f32) -> bool {
  return (bitcast<u32>(v) & 0x7f800000u) != 0x7f800000u;
}

@compute @workgroup_size(256)
fn finalise(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let own = group.x * V; // this session's logits
  var peak = LOWEST;
  var token = NONE;
  for (var i = lane; i < V; i += LANES) {
    let v = logits[own + i];
    if (is_finite(v) && (token == NONE || v > peak)) {
      peak = v;
      token = i;
    }
  }
  peaks[lane] = peak;
  tokens[lane] = token;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      let other = lane + half;
      // Ties go to the first; NONE is larger than any token.
      if (peaks[other] > peaks[lane] || (peaks[other] == peaks[lane] && tokens[other] < tokens[lane])) {
        peaks[lane] = peaks[other];
        tokens[lane] = tokens[other];
      }
    }
    workgroupBarrier();
  }
  peak = peaks[0];
  token = tokens[0];
  workgroupBarrier();

  var sum = 0.0;
  for (var i = lane; i < V; i += LANES) { sum += exp(logits[own + i] - peak); }
  peaks[lane] = sum;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { peaks[lane] += peaks[lane + half]; }
    workgroupBarrier();
  }

  if (lane < HEADS) {
    let first = (group.x * HEADS + lane) * CLASSES;
    let out = group.x * (4u + HEADS * CLASSES) + 4u + lane * CLASSES;
    var most = LOWEST;
    for (var i = 0u; i < CLASSES; i++) { most = max(most, pause[first + i]); }
    var total = 0.0;
    for (var i = 0u; i < CLASSES; i++) { total += exp(pause[first + i] - most); }
    for (var i = 0u; i < CLASSES; i++) { result[out + i] = bitcast<u32>(exp(pause[first + i] - most) / total); }
  }
  if (lane == 0u) {
    let at = 4u * step[group.x * STEP];
    let steps = state[at + 1u] + 1u;
    let probability = bitcast<u32>(1.0 / peaks[0]);
    state[at] = token;
    state[at + 1u] = steps;
    state[at + 2u] = probability;
    let out = group.x * (4u + HEADS * CLASSES);
    result[out] = token;
    result[out + 1u] = steps;
    result[out + 2u] = probability;
    result[out + 3u] = 0u;
  }
}
