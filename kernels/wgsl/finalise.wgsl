// finalise.wgsl: ends a step: the token and its probability, the pause heads' probabilities, the next position.
//
//   token = first i of max logits[i], or a piece of a phrase: first i of max logits[i] + bonus[i]
//   probability = e^(logits[token] − max) / Σ e^(logits − max)
//   pause[h] = softmax(pause[h])
//
// in      logits  [BATCH, V]                f32
// in      pause   [BATCH, HEADS, CLASSES]   f32   logits of the pause heads; not read if HEADS is 0
// in      step    [BATCH, STEP]             u32   slot; …
// in/out  state   [slots, 4]                u32   the next input token; steps taken; the bits of the probability; the node in phrases
// in      phrases [slots, TABLE]            u32   a trie with bonuses; three zeros prefer nothing. See the reference.
// out     result  [BATCH, 4 + HEADS·CLASSES] u32  the state after the step, then the bits of the pause probabilities
// const   V, HEADS, CLASSES, STEP, TABLE; PADDING and WORD, the tokens that are no text
// lanes   one workgroup of 256 per session; dispatch BATCH
//
// The token stays on the GPU for the next step. If no logit is finite the token is 2³² − 1, which the host reports as an
// error. Finiteness is tested on the bits, because shader compilers may assume that NaN does not occur.
//
// reference  kernels/reference/softmax.ts, phrases.ts     test  test/browser/gpu/kernels.test.ts

override V: u32;
override HEADS: u32;
override CLASSES: u32;
override STEP: u32;
override TABLE: u32;
override PADDING: u32;
override WORD: u32;

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> pause: array<f32>;
@group(0) @binding(2) var<storage, read> step: array<u32>;
@group(0) @binding(3) var<storage, read_write> state: array<u32>;
@group(0) @binding(4) var<storage, read> phrases: array<u32>;
@group(0) @binding(5) var<storage, read_write> result: array<u32>;

const LANES = 256u;
const NONE = 0xffffffffu;
const LOWEST = -3.4028234e38;
const CONTINUES = 0x80000000u;
var<workgroup> peaks: array<f32, LANES>;
var<workgroup> tokens: array<u32, LANES>;
var<workgroup> boosts: array<f32, LANES>;

fn is_finite(v: f32) -> bool {
  return (bitcast<u32>(v) & 0x7f800000u) != 0x7f800000u;
}

/** The child of `node` for a piece, or NONE: its edges are sorted. */
fn child(table: u32, node: u32, piece: u32) -> u32 {
  var low = phrases[table + 3u * node];
  var high = phrases[table + 3u * node + 1u];
  while (low < high) {
    let middle = low + 3u * ((high - low) / 6u);
    let found = phrases[table + middle];
    if (found == piece) { return phrases[table + middle + 2u] & ~CONTINUES; }
    if (found < piece) { low = middle + 3u; } else { high = middle; }
  }
  return NONE;
}

fn next_node(table: u32, node: u32, token: u32) -> u32 {
  if (token == PADDING) { return node; }
  if (token == WORD) { return phrases[table + 3u * node + 2u]; }
  let from_node = child(table, node, token);
  if (from_node != NONE) { return from_node; }
  let from_root = child(table, 0u, token);
  return select(from_root, 0u, from_root == NONE);
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

  let slot = step[group.x * STEP];
  let table = TABLE * slot;
  let node = state[4u * slot + 3u];
  let is_text = token != PADDING && token != WORD && token != NONE;
  var best = peak;
  var piece = token;
  for (var root = 0u; root < 2u; root++) {
    let entry = table + select(3u * node, 0u, root == 1u);
    let end = phrases[entry + 1u];
    for (var edge = phrases[entry] + 3u * lane; edge < end; edge += 3u * LANES) {
      let candidate = phrases[table + edge];
      let boosted = logits[own + candidate] + bitcast<f32>(phrases[table + edge + 1u]);
      let allowed = is_text || (token != NONE && phrases[table + edge + 2u] >= CONTINUES);
      if (allowed && is_finite(boosted) && (boosted > best || (boosted == best && candidate < piece))) {
        best = boosted;
        piece = candidate;
      }
    }
  }
  boosts[lane] = best;
  tokens[lane] = piece;
  var sum = 0.0;
  for (var i = lane; i < V; i += LANES) { sum += exp(logits[own + i] - peak); }
  peaks[lane] = sum;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      let other = lane + half;
      peaks[lane] += peaks[other];
      if (boosts[other] > boosts[lane] || (boosts[other] == boosts[lane] && tokens[other] < tokens[lane])) {
        boosts[lane] = boosts[other];
        tokens[lane] = tokens[other];
      }
    }
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
    let at = 4u * slot;
    let steps = state[at + 1u] + 1u;
    let chosen = tokens[0];
    var likelihood = 1.0;
    if (chosen != token) { likelihood = exp(logits[own + chosen] - peak); }
    let probability = bitcast<u32>(likelihood / peaks[0]);
    let reached = next_node(table, node, chosen);
    state[at] = chosen;
    state[at + 1u] = steps;
    state[at + 2u] = probability;
    state[at + 3u] = reached;
    let out = group.x * (4u + HEADS * CLASSES);
    result[out] = chosen;
    result[out + 1u] = steps;
    result[out + 2u] = probability;
    result[out + 3u] = reached;
  }
}
