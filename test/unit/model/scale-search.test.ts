/** Compares the search for Q4_0 scales with ggml's rule and with the least error there is. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeQ4_0, encodeQ4_0 } from '../../../kernels/reference/q4_0.js';
import { encodeQ4_0BySearch } from '../../../src/model/scale-search.js';

const BLOCKS = 400;

/** The same numbers in every run (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
}

const random = randomNumbers(5);
const normal = (): number => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
const laplace = (): number => Math.sign(random() - 0.5) * Math.log(random());
const numbers = (draw: () => number): Float32Array => Float32Array.from({ length: BLOCKS * 32 }, draw);

type Encoder = (x: Float32Array, blocks: Uint8Array) => void;

/** The squared error of each block, weighted by column. */
function errors(x: Float32Array, encode: Encoder, weights?: Float32Array): number[] {
  const blocks = new Uint8Array((x.length / 32) * 18);
  encode(x, blocks);
  const y = new Float32Array(x.length);
  decodeQ4_0(blocks, y);
  const sums = new Array<number>(x.length / 32).fill(0);
  for (const [i, value] of x.entries()) {
    sums[Math.floor(i / 32)]! += (weights?.[i % weights.length] ?? 1) * (value - y[i]!) ** 2;
  }
  return sums;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/**
 * The least squared error of a block over all scales, in exact arithmetic: the quants change only where x / d passes a half, and
 * between two such places the best scale is known.
 */
function leastError(x: Float32Array): number {
  let best = 0;
  for (const sign of [1, -1]) {
    const changes = Array.from(x, (value) => value * sign).flatMap((value) =>
      Array.from({ length: value < 0 ? 8 : 7 }, (_, k) => ({
        at: (k + 0.5) / Math.abs(value),
        value: Math.abs(value),
        k,
      })),
    );
    let [xq, qq] = [0, 0];
    for (const { value, k } of changes.sort((a, b) => a.at - b.at)) {
      xq += value;
      qq += 2 * k + 1;
      best = Math.max(best, xq ** 2 / qq);
    }
  }
  return sum(Array.from(x, (value) => value ** 2)) - best;
}

describe('the search for Q4_0 scales', () => {
  for (const [name, draw, most] of [
    ['normal', normal, 0.945],
    ['Laplace', laplace, 0.96],
  ] as const) {
    it(`comes within 0.3 % of the least error there is on ${name} numbers`, () => {
      const x = numbers(draw);
      const found = sum(errors(x, encodeQ4_0BySearch));
      const least = sum(Array.from({ length: BLOCKS }, (_, b) => leastError(x.subarray(32 * b, 32 * b + 32))));
      const ratio = Math.sqrt(found / least);
      assert.ok(ratio >= 1 && ratio < 1.003, `${ratio}`);
      const toGgml = Math.sqrt(found / sum(errors(x, encodeQ4_0)));
      assert.ok(toGgml < most, `${toGgml} of ggml's`);
    });
  }

  it('is in no block worse than ggml’s rule', () => {
    const kinds = {
      normal,
      laplace,
      uniform: random,
      sparse: () => (random() < 0.05 ? normal() : 0),
      tiny: () => 1e-7 * normal(),
    };
    for (const [name, draw] of Object.entries(kinds)) {
      const x = numbers(draw);
      const others = errors(x, encodeQ4_0);
      for (const [b, error] of errors(x, encodeQ4_0BySearch).entries()) {
        assert.ok(error <= others[b]! * (1 + 1e-9), `${name}, block ${b}: ${error}, ggml ${others[b]}`);
      }
    }
  });

  it('keeps what Q4_0 can store exactly', () => {
    const x = numbers(() => (Math.floor(16 * random()) - 8) / 4);
    for (let start = 0; start < x.length; start += 32) x[start] = -2; // the end of the range
    assert.equal(sum(errors(x, encodeQ4_0BySearch)), 0);
    assert.equal(sum(errors(new Float32Array(64), encodeQ4_0BySearch)), 0);
  });

  it('reports numbers out of range as ggml’s rule does, by an infinite scale', () => {
    const blocks = new Uint8Array(18);
    encodeQ4_0BySearch(
      Float32Array.from({ length: 32 }, (_, i) => (i === 3 ? 1e6 : 1)),
      blocks,
    );
    assert.equal(blocks[1]! & 0x7c, 0x7c);
  });

  it('has less error where the weights are large', () => {
    const x = numbers(normal);
    const weights = Float32Array.from({ length: 64 }, (_, column) => (column % 8 === 0 ? 100 : 1));
    const weighted = sum(errors(x, (each, blocks) => encodeQ4_0BySearch(each, blocks, weights), weights));
    const unweighted = sum(errors(x, encodeQ4_0BySearch, weights));
    assert.ok(Math.sqrt(weighted / unweighted) < 0.9, `${Math.sqrt(weighted / unweighted)}`);
  });
});
