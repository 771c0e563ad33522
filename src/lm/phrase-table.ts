/** Makes the table of a stream's phrases: a trie over pieces of the tokenizer. See kernels/reference/phrases.ts. */
import { CONTINUES } from '../../kernels/reference/phrases.js';
import { SttError } from '../errors.js';

/** One way to write a phrase. */
export interface SpelledPhrase {
  readonly pieces: readonly { readonly token: number; readonly startsWord: boolean }[];
  /** 0 … 10. */
  readonly boost: number;
}

/** Words of a table at most: some two hundred phrases, each with and without a capital. */
export const TABLE_WORDS = 8192;
/** A table without phrases. */
export const NO_PHRASES = new Uint32Array(3);

/** Added to the logit of a phrase's first piece, for each unit of boost. */
const FIRST_BONUS = 1;
/** Of the pieces after it: the more of a phrase was written, the likelier is the rest. */
const NEXT_BONUS = 2;

interface Node {
  readonly edges: Map<number, { bonus: number; readonly continues: boolean; readonly child: Node }>;
}

/** Throws `invalid-argument` if the phrases have too many pieces. */
export function phraseTable(phrases: readonly SpelledPhrase[]): Uint32Array<ArrayBuffer> {
  const root: Node = { edges: new Map() };
  for (const { pieces, boost } of phrases) {
    if (boost === 0) continue;
    let node = root;
    for (const [depth, { token, startsWord }] of pieces.entries()) {
      const bonus = boost * (depth === 0 ? FIRST_BONUS : NEXT_BONUS);
      const edge = node.edges.get(token) ?? { bonus, continues: !startsWord, child: { edges: new Map() } };
      edge.bonus = Math.max(edge.bonus, bonus);
      node.edges.set(token, edge);
      node = edge.child;
    }
  }
  return written(root);
}

function written(root: Node): Uint32Array<ArrayBuffer> {
  const nodes: Node[] = [root];
  const numbers = new Map<Node, number>([[root, 0]]);
  /** Index: node. Where a word is announced, only pieces that start one can follow. */
  const onWord: number[] = [];
  const number = (node: Node): number => {
    if (node.edges.size === 0) return 0; // the phrase is complete
    let at = numbers.get(node);
    if (at === undefined) {
      at = nodes.length;
      numbers.set(node, at);
      nodes.push(node);
    }
    return at;
  };
  // The list grows while it is read.
  for (let n = 0; n < nodes.length; n++) {
    const all = [...nodes[n]!.edges];
    const starting = all.filter(([, { continues }]) => !continues);
    onWord[n] = starting.length === all.length ? n : number({ edges: new Map(starting) });
    for (const [, { child }] of all) number(child);
  }
  const edges = nodes.reduce((sum, node) => sum + node.edges.size, 0);
  const length = 3 * (nodes.length + edges);
  if (length > TABLE_WORDS)
    throw new SttError(
      'invalid-argument',
      `The phrases have ${edges} pieces, expected about ${Math.floor(TABLE_WORDS / 6)} at most; use fewer or shorter phrases.`,
    );
  const table = new Uint32Array(length);
  const bits = new Float32Array(table.buffer);
  let at = 3 * nodes.length;
  for (const [n, node] of nodes.entries()) {
    table.set([at, at + 3 * node.edges.size, onWord[n]!], 3 * n);
    for (const [token, { bonus, continues, child }] of [...node.edges].sort(([a], [b]) => a - b)) {
      table[at] = token;
      bits[at + 1] = bonus;
      table[at + 2] = number(child) + (continues ? CONTINUES : 0);
      at += 3;
    }
  }
  return table;
}
