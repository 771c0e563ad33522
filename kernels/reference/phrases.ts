/**
 * Prefers the phrases of a stream when a step's token is chosen. A table is a trie in u32 words:
 *
 *   node n at 3·n:  its first edge, the end of its edges (both as words of the table), the node to go to when a word is announced
 *   edge:           piece, bits of the f32 bonus, child node + CONTINUES if the piece continues a word
 *
 * Node 0 is the root; the edges of a node are sorted by piece. Three zeros are a table without phrases.
 */

/** Flag of an edge whose piece continues a word. */
export const CONTINUES = 0x8000_0000;

/** The tokens that are no text. */
export interface Alignment {
  readonly paddingToken: number;
  readonly endOfPaddingToken: number;
}

export interface Choice {
  token: number;
  /** softmax(logits)[token] */
  probability: number;
}

const words = new Uint32Array(1);
const floats = new Float32Array(words.buffer);

/**
 * Replaces the greedy choice by the piece with the largest logit + bonus, among the edges of `node` and of the root. A first piece
 * replaces only text, so that phrases do not change when the model writes; a piece that continues a word also replaces padding.
 * @param logits [V] f32
 */
export function preferPhrases(
  logits: Float32Array,
  table: Uint32Array,
  node: number,
  choice: Choice,
  { paddingToken, endOfPaddingToken }: Alignment,
): void {
  const greedy = choice.token;
  const peak = logits[greedy]!;
  const isText = greedy !== paddingToken && greedy !== endOfPaddingToken;
  let best = peak;
  for (const from of node === 0 ? [0] : [node, 0]) {
    for (let edge = table[3 * from]!; edge < table[3 * from + 1]!; edge += 3) {
      if (!isText && table[edge + 2]! < CONTINUES) continue;
      const piece = table[edge]!;
      words[0] = table[edge + 1]!;
      const boosted = Math.fround(logits[piece]! + floats[0]!);
      if (!Number.isFinite(boosted) || boosted < best || (boosted === best && piece >= choice.token)) continue;
      best = boosted;
      choice.token = piece;
    }
  }
  if (choice.token !== greedy) choice.probability *= Math.exp(logits[choice.token]! - peak);
}

/** The node after `token`. */
export function nextNode(
  table: Uint32Array,
  node: number,
  token: number,
  { paddingToken, endOfPaddingToken }: Alignment,
): number {
  if (token === paddingToken) return node;
  if (token === endOfPaddingToken) return table[3 * node + 2]!;
  for (const from of node === 0 ? [0] : [node, 0]) {
    let [low, high] = [table[3 * from]!, table[3 * from + 1]!];
    while (low < high) {
      const middle = low + 3 * Math.floor((high - low) / 6);
      if (table[middle]! === token) return table[middle + 2]! % CONTINUES;
      if (table[middle]! < token) low = middle + 3;
      else high = middle;
    }
  }
  return 0;
}
