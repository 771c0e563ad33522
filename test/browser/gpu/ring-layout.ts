/** The layout of keys and values in a fused plan's ring, written independently of the kernels. */
import { f16ToF32 } from '../../../kernels/reference/f16.js';
import type { LmConfig } from '../../../src/model/config.js';

export class RingLayout {
  readonly #type: 'f16' | 'f32';
  readonly #config: Pick<LmConfig, 'dim' | 'numHeads' | 'context'>;

  constructor(type: 'f16' | 'f32', config: Pick<LmConfig, 'dim' | 'numHeads' | 'context'>) {
    this.#type = type;
    this.#config = config;
  }

  /** Words of a pair. */
  get words(): 1 | 2 {
    return this.#type === 'f16' ? 1 : 2;
  }

  /** Index of a pair: keys are plane 0, values plane 1. */
  pairAt(slot: number, plane: number, h: number, i: number, row: number): number {
    const { dim: M, numHeads: H, context: W } = this.#config;
    const half = M / H / 2;
    const head = (2 * slot + plane) * H + h;
    return plane === 0 ? (head * half + i) * W + row : (head * W + row) * half + i;
  }

  /** Number `c`, 0 or 1, of a pair. */
  number(ring: Uint32Array, pair: number, c: number): number {
    if (this.#type === 'f16') return f16ToF32((ring[pair]! >>> (16 * c)) & 0xffff);
    return new Float32Array(ring.buffer)[2 * pair + c]!;
  }

  /** [words] of numbers of either sign between 1/4 and 1/2. */
  randomRing(words: number, next: () => number): Uint32Array {
    const [keep, set] = this.#type === 'f16' ? [0x83ff83ff, 0x34003400] : [0x807fffff, 0x3e800000];
    const content = new Uint32Array(words);
    for (let i = 0; i < words; i++) content[i] = ((next() * 2 ** 32) & keep) | set;
    return content;
  }
}
