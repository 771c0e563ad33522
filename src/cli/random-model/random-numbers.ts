/** Writes normally distributed numbers in any stored type, quantised ones straight as quants: a billion in a few seconds. */
import { f32ToF16 } from '../../../kernels/reference/f16.js';
import { SttError } from '../../errors.js';
import { isQuantised, storedBytes, type TensorType } from '../../model/tensor-types.js';
import { normalQuantile } from './bell.js';
import { LEVELS, q4Tables, q8Tables, scaleHalves, type BlockTables } from './block-tables.js';
import type { RandomWords } from './random-words.js';

/** How a tensor's numbers are spread. */
export interface Spread {
  /** 0 for the block types. */
  readonly mean: number;
  readonly std: number;
}

/** Numbers made at a time: a whole number of blocks. */
const CHUNK = 512 * 1024;

/** Of the plain types a number is one of this many quantiles: 16 random bits. */
const QUANTILES = 65_536;

/** One work buffer for all tensors of a file, so that memory use does not depend on their size. */
export class RandomNumbers {
  readonly #bytes = new Uint8Array(storedBytes('f32', CHUNK));
  /** The largest need: a block of 32 takes 17 words. */
  readonly #words = new Uint32Array(CHUNK);
  readonly #quantiles = Float64Array.from({ length: QUANTILES }, (_, i) => normalQuantile((i + 0.5) / QUANTILES));
  readonly #q4 = q4Tables();
  readonly #q8 = q8Tables();

  /** `count` numbers as they are stored. Each piece is overwritten by the next. */
  *chunks(type: TensorType, count: number, spread: Spread, words: RandomWords): Generator<Uint8Array> {
    const write = this.#writer(type, spread, words);
    for (let start = 0; start < count; start += CHUNK) {
      const n = Math.min(CHUNK, count - start);
      write(n);
      yield this.#bytes.subarray(0, storedBytes(type, n));
    }
  }

  #writer(type: TensorType, spread: Spread, words: RandomWords): (count: number) => void {
    if (isQuantised(type)) {
      const { mean, std } = spread;
      if (mean !== 0) throw new SttError('internal', `random ${type} numbers have mean 0, ${mean} was asked for`);
      const isQ4 = type === 'q4_0';
      const tables = isQ4 ? this.#q4 : this.#q8;
      const scales = scaleHalves(tables, std);
      return (count) => (isQ4 ? this.#writeQ4 : this.#writeQ8).call(this, count / 32, tables, scales, words);
    }
    const { buffer } = this.#bytes;
    switch (type) {
      case 'f32': {
        const to = new Float32Array(buffer);
        return (count) => this.#plain(count, spread, words, (i, x) => (to[i] = x));
      }
      case 'f16':
      case 'bf16': {
        const to = new Uint16Array(buffer);
        const encode = type === 'f16' ? f32ToF16 : toBf16;
        return (count) => this.#plain(count, spread, words, (i, x) => (to[i] = encode(x)));
      }
    }
  }

  /** Two numbers for each word, each a quantile by 16 of its bits. */
  #plain(count: number, { mean, std }: Spread, random: RandomWords, put: (i: number, x: number) => void): void {
    const [words, quantiles] = [this.#words, this.#quantiles];
    random.fill(words, Math.ceil(count / 2));
    for (let i = 0; i < count; i++) {
      const word = words[i >> 1]!;
      put(i, mean + std * quantiles[(i & 1) === 0 ? word & 0xffff : word >>> 16]!);
    }
  }

  #writeQ4(blocks: number, { quants, extreme }: BlockTables, scales: Uint16Array, random: RandomWords): void {
    const [bytes, words] = [this.#bytes, this.#words];
    random.fill(words, blocks * 9);
    for (let block = 0, at = 0, w = 0; block < blocks; block++, at += 18) {
      const head = words[w++]!;
      const level = head & (LEVELS - 1);
      putHalf(bytes, at, scales[2 * level + (head >>> 31)]!);
      const table = level << 8;
      for (let j = at + 2; j < at + 18; j += 2) {
        const word = words[w++]!;
        bytes[j] = quants[table + (word & 0xff)]! | (quants[table + ((word >>> 8) & 0xff)]! << 4);
        bytes[j + 1] = quants[table + ((word >>> 16) & 0xff)]! | (quants[table + (word >>> 24)]! << 4);
      }
      // One of the 32 is the extreme that the scale was made of.
      const j = at + 2 + ((head >>> 6) & 15);
      bytes[j] = (head >>> 10) & 1 ? (bytes[j]! & 0x0f) | (extreme << 4) : (bytes[j]! & 0xf0) | extreme;
    }
  }

  #writeQ8(blocks: number, { quants, extreme, bits }: BlockTables, scales: Uint16Array, random: RandomWords): void {
    const [bytes, words] = [this.#bytes, this.#words];
    const mask = 2 ** bits - 1;
    random.fill(words, blocks * 17);
    for (let block = 0, at = 0, w = 0; block < blocks; block++, at += 34) {
      const head = words[w++]!;
      const level = head & (LEVELS - 1);
      putHalf(bytes, at, scales[2 * level]!);
      const table = level << bits;
      for (let j = at + 2; j < at + 34; j += 2) {
        const word = words[w++]!;
        bytes[j] = quants[table + (word & mask)]!;
        bytes[j + 1] = quants[table + ((word >>> 16) & mask)]!;
      }
      bytes[at + 2 + ((head >>> 6) & 31)] = head >>> 31 ? extreme : -extreme & 0xff;
    }
  }
}

function putHalf(bytes: Uint8Array, at: number, half: number): void {
  bytes[at] = half & 0xff;
  bytes[at + 1] = half >> 8;
}

const one = new Float32Array(1);
const oneBits = new Uint32Array(one.buffer);

/** The nearest bfloat16's bits, ties to even, of a finite number. */
function toBf16(x: number): number {
  one[0] = x;
  const bits = oneBits[0]!;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}
