/** Synthetic keys and values, so that kernels can be tried at any window without the steps before. */
import { f16ToF32 } from '../../../kernels/reference/f16.js';
import { attentionPart, mergeParts } from '../../../kernels/reference/fused.js';
import type { LmConfig } from '../../model/config.js';

/** [words] of keys and values between 1/4 and 1/2 of either sign, so that wrong attention yields wrong results. */
export function ringContents(words: number, ring: 'f16' | 'f32'): Uint32Array<ArrayBuffer> {
  const [keep, set] = ring === 'f16' ? [0x83ff83ff, 0x34003400] : [0x807fffff, 0x3e800000];
  const content = new Uint32Array(words);
  let state = 1;
  for (let i = 0; i < words; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    content[i] = (state & keep) | set;
  }
  return content;
}

/** The host's copy of one stream's ring, in the layout of kernels/wgsl/parts/ring.wgsl. */
export class SyntheticRing {
  readonly words: Uint32Array<ArrayBuffer>;
  /** Words of a pair of neighbouring elements. */
  readonly pair: 1 | 2;
  readonly #floats: Float32Array;
  readonly #heads: number;
  readonly #width: number;
  readonly #window: number;

  constructor(bytes: number, type: 'f16' | 'f32', { dim, numHeads, context }: LmConfig) {
    this.words = ringContents(bytes / 4, type);
    this.pair = type === 'f16' ? 1 : 2;
    this.#floats = new Float32Array(this.words.buffer);
    this.#heads = numHeads;
    this.#width = dim / numHeads;
    this.#window = context;
  }

  /** The word where element `i`, which is even, of a key begins. */
  keyAt(head: number, i: number, row: number): number {
    return this.pair * (((head * this.#width + i) / 2) * this.#window + row);
  }

  /** The word where element `i`, which is even, of a value begins. */
  valueAt(head: number, i: number, row: number): number {
    return (this.pair * (((this.#heads + head) * this.#window + row) * this.#width + i)) / 2;
  }

  /** Element `i`, 0 or 1, of the pair at `word`. */
  element(word: number, i: number): number {
    if (this.pair === 2) return this.#floats[word + i] ?? NaN;
    return f16ToF32(((this.words[word] ?? NaN) >>> (16 * i)) & 0xffff);
  }

  /** Attention [D] of a head's query [D], divided by √D, over the first `rows` rows. */
  attention(head: number, q: Float32Array, rows: number): Float32Array {
    const D = this.#width;
    const keys = new Float32Array(rows * D);
    const values = new Float32Array(rows * D);
    for (let at = 0; at < rows * D; at++) {
      const [row, i, odd] = [Math.floor(at / D), at % D, at % 2];
      keys[at] = this.element(this.keyAt(head, i - odd, row), odd);
      values[at] = this.element(this.valueAt(head, i - odd, row), odd);
    }
    return mergeParts([attentionPart(q, keys, values)]);
  }
}
