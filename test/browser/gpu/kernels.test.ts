/** Every WGSL kernel compared with its plain twin, also at awkward sizes. */
import { assert } from '@open-wc/testing';
import { attention } from '../../../kernels/reference/attention.js';
import { swiglu } from '../../../kernels/reference/elementwise.js';
import { embed } from '../../../kernels/reference/embed.js';
import { f16ToF32, f32ToF16 } from '../../../kernels/reference/f16.js';
import { matvec } from '../../../kernels/reference/matvec.js';
import { rmsNorm } from '../../../kernels/reference/norm.js';
import { rope } from '../../../kernels/reference/rope.js';
import { argmax, softmax } from '../../../kernels/reference/softmax.js';
import { nextNode, preferPhrases } from '../../../kernels/reference/phrases.js';
import { splitPlanes } from '../../../src/gpu/planes.js';
import { NO_PHRASES, phraseTable, type SpelledPhrase } from '../../../src/lm/phrase-table.js';
import { Rotation } from '../../../src/wasm/rotation.js';
import { normals, quantised, random } from '../../unit/kernels/numbers.js';
import { Bench } from './bench.js';

/** Sums of up to 1 408 products of unit normals in f32. */
const F32_SUM = 5e-4;

function near(actual: Float32Array, expected: Float32Array, tolerance: number): void {
  const bad = Array.from(actual, (v, i) => [i, v, expected[i] ?? NaN] as const).filter(
    ([, v, e]) => !(Math.abs(v - e) <= tolerance),
  );
  assert.equal(actual.length, expected.length);
  assert.deepEqual(bad.slice(0, 5), [], `${bad.length} of ${actual.length} differ: [index, found, expected]`);
}

/** The tokens that are no text. */
const [PADDING, WORD] = [3, 0];

const halves = (x: Float32Array): Uint16Array => Uint16Array.from(x, f32ToF16);
const throughHalf = (x: Float32Array): Float32Array => x.map((v) => f16ToF32(f32ToF16(v)));

describe('WGSL kernels', () => {
  let bench: Bench;
  before(async () => (bench = await Bench.open()));
  after(() => bench.close());

  /** The buffers of W in a type, and its decoded values. */
  function weights(
    type: 'f32' | 'f16' | 'q8_0' | 'q4_0',
    W: Float32Array,
  ): { buffers: GPUBuffer[]; decoded: Float32Array } {
    if (type === 'f32') return { buffers: [bench.put(W)], decoded: W };
    if (type === 'f16') return { buffers: [bench.put(halves(W))], decoded: throughHalf(W) };
    const { raw, decoded } = quantised(type, W);
    const { quants, scales } = splitPlanes(raw, type);
    return { buffers: [bench.put(quants), bench.put(scales)], decoded };
  }

  for (const [type, rows, shapes] of [
    [
      'f32',
      1,
      [
        [1, 1],
        [7, 5],
        [100, 77],
        [33, 1408],
      ],
    ],
    [
      'f16',
      1,
      [
        [1, 2],
        [7, 10],
        [100, 704],
      ],
    ],
    [
      'q8_0',
      4,
      [
        [1, 32],
        [5, 96],
        [100, 1408],
      ],
    ],
    [
      'q4_0',
      4,
      [
        [1, 32],
        [5, 96],
        [100, 1408],
      ],
    ],
  ] as const) {
    it(`matvec_${type} multiplies, and adds with ADD`, async () => {
      for (const [N, K] of shapes) {
        const next = random(N * K);
        const [x, W, y0] = [normals(next, K), normals(next, N * K), normals(next, N)];
        const { buffers, decoded } = weights(type, W);
        const expected = matvec(decoded, x, N, K);
        for (const ADD of [0, 1]) {
          const y = bench.put(y0);
          const [constants, groups] = [{ N, K, ADD }, [Math.ceil(N / rows)] as const];
          await bench.run({ name: `matvec_${type}`, constants, buffers: [...buffers, bench.put(x), y], groups });
          near(await bench.floats(y, N), ADD ? expected.map((v, n) => v + y0[n]!) : expected, F32_SUM);
        }
      }
    });
  }

  for (const [type, M] of [
    ['f32', 92],
    ['f16', 92],
    ['q8_0', 160],
    ['q4_0', 160],
  ] as const) {
    it(`embed sums one row of every ${type} table, separately for each stream`, async () => {
      const [T, rows, K4] = [3, 5, M / 4];
      const { buffers, decoded } = weights(type, normals(random(M), T * rows * M));
      const first = Uint32Array.from({ length: T }, (_, t) => t * rows);
      const step = Uint32Array.of(1, 4, 0, 0, 2, 3); // slot and two codes, twice
      const state = Uint32Array.of(2, 7, 0, 0, 3, 7, 0, 0);
      const x = bench.room(2 * M);
      await bench.run({
        name: 'embed',
        parts: [`weights_${type}`],
        constants: { K4, T, STEP: 3 },
        buffers: [bench.put(first), bench.put(step), bench.put(state), x],
        weights: buffers,
        groups: [Math.ceil(K4 / 64), 2],
      });
      const expected = [
        [4, rows, 2 * rows + 3],
        [2, rows + 3, 2 * rows + 2],
      ].map((chosen) => chosen.reduce<Float32Array>((sum, row) => embed(decoded, row, sum), new Float32Array(M)));
      near(await bench.floats(x, 2 * M), Float32Array.from(expected.flatMap((each) => [...each])), 1e-5);
    });
  }

  it('rms_norm normalises', async () => {
    for (const M of [1, 90, 2048]) {
      const [x, w] = [normals(random(M), M, 5), normals(random(M + 1), M)];
      const h = bench.room(M);
      await bench.run({
        name: 'rms_norm',
        constants: { M, EPS: 1e-8 },
        buffers: [bench.put(x), bench.put(w), h],
        groups: [1],
      });
      near(await bench.floats(h, M), rmsNorm(x, w, M, 1e-8), 2e-5);
    }
  });

  it('rope rotates neighbours of queries and keys, and leaves values alone', async () => {
    for (const [H, D, t] of [
      [16, 128, 749],
      [5, 18, 270_000],
    ] as const) {
      const CODES = 3;
      const qkv = normals(random(t), 3 * H * D);
      const input = new Uint32Array(1 + CODES + D);
      const rotation = new Float32Array(input.buffer, (1 + CODES) * 4);
      new Rotation(D, 100_000).write(rotation, 0, t);
      const at = bench.put(qkv);
      const groups = [Math.ceil((H * D) / 64)] as const;
      await bench.run({ name: 'rope', constants: { H, D, CODES }, buffers: [at, bench.put(input)], groups });
      const turned = rope(qkv.slice(0, 2 * H * D), Float32Array.from([...rotation]), 1, 2 * H, D);
      near(await bench.floats(at, 3 * H * D), Float32Array.from([...turned, ...qkv.slice(2 * H * D)]), 1e-5);
    }
  });

  it('kv_append and attention use the last W tokens, before, at and past the wrap of the ring', async () => {
    for (const [H, D, W] of [
      [2, 128, 24],
      [5, 18, 7],
      [1, 2, 1],
    ] as const) {
      const next = random(H * D * W);
      const [K, V, y] = [bench.room((H * W * D) / 2), bench.room((H * W * D) / 2), bench.room(H * D)];
      let keys: number[] = [];
      let values: number[] = [];
      for (let t = 0; t < 2 * W + 3; t++) {
        const [q, k, v] = [normals(next, H * D), normals(next, H * D), normals(next, H * D)];
        keys = [...keys, ...throughHalf(k)];
        values = [...values, ...throughHalf(v)];
        const qkv = bench.put(Float32Array.from([...q, ...k, ...v]));
        const state = bench.put(Uint32Array.of(0, t, 0, 0));
        const constants = { H, D, W };
        const lanes = [Math.ceil((H * D) / 128)] as const;
        const parts = ['pair_f16'] as const;
        await bench.run({ name: 'kv_append', parts, constants, buffers: [qkv, state, K, V], groups: lanes });
        await bench.run({ name: 'attention', parts, constants: { D, W }, buffers: [qkv, K, V, state, y], groups: [H] });
        const expected = attention(q, Float32Array.from(keys), Float32Array.from(values), t, 1, H, D, W);
        near(await bench.floats(y, H * D), expected, 1e-5);
      }
    }
  });

  it('swiglu gates', async () => {
    for (const F of [1, 77, 704]) {
      const gateUp = normals(random(F), 2 * F, 4);
      const y = bench.room(F);
      const buffers = [bench.put(gateUp), y];
      await bench.run({ name: 'swiglu', constants: { F }, buffers, groups: [Math.ceil(F / 64)] });
      near(await bench.floats(y, F), swiglu(gateUp), 2e-5);
    }
  });

  describe('finalise', () => {
    async function finalise(
      logits: Float32Array,
      pause: Float32Array,
      HEADS: number,
      { phrases = NO_PHRASES, node = 0 } = {},
    ): Promise<{ words: Uint32Array; state: Uint32Array }> {
      const CLASSES = 6;
      const state = bench.put(Uint32Array.of(1, 41, 0, node));
      const result = bench.room(4 + HEADS * CLASSES);
      await bench.run({
        name: 'finalise',
        constants: { V: logits.length, HEADS, CLASSES, STEP: 1, TABLE: phrases.length, PADDING, WORD },
        buffers: [logits, pause, Uint32Array.of(0), phrases]
          .map((data) => bench.put(data))
          .toSpliced(3, 0, state)
          .concat(result),
        groups: [1],
      });
      return { words: await bench.words(result), state: await bench.words(state) };
    }

    it('writes the likeliest token, the step and the probability', async () => {
      for (const V of [1, 100, 8000]) {
        const [logits, pause] = [normals(random(V), V, 4), normals(random(V + 1), 24, 3)];
        const { words, state } = await finalise(logits, pause, 4);
        const expected = argmax(logits)!;
        assert.deepEqual([words[0], words[1], state[0], state[1]], [expected.token, 42, expected.token, 42]);
        const floats = new Float32Array(words.buffer);
        assert.closeTo(floats[2]!, expected.probability, 1e-4);
        near(floats.slice(4, 28), softmax(pause, 6), 1e-5);
      }
    });

    it('prefers phrases, and follows them', async () => {
      const V = 300;
      const next = random(5);
      const token = (): number => 4 + Math.floor(next() * (V - 4));
      const phrase = (): SpelledPhrase => {
        const pieces = Array.from({ length: 1 + Math.floor(4 * next()) }, () => ({
          token: token(),
          startsWord: next() < 0.5,
        }));
        return { pieces: [{ token: token(), startsWord: true }, ...pieces], boost: 3 * next() };
      };
      const phrases = phraseTable(Array.from({ length: 120 }, phrase));
      const edges = phrases[0]! / 3;
      const tokens = { paddingToken: PADDING, endOfPaddingToken: WORD };
      let [changed, inside] = [0, 0];
      for (let i = 0; i < 120; i++) {
        const logits = normals(random(i + 7), V, 1);
        // Padding and announced words win now and then.
        if (i % 4 === 1) logits[i % 8 === 1 ? PADDING : WORD] = 5;
        const node = Math.floor(next() * edges);
        const choice = argmax(logits)!;
        const greedy = choice.token;
        preferPhrases(logits, phrases, node, choice, tokens);
        const reached = nextNode(phrases, node, choice.token, tokens);
        const { words, state } = await finalise(logits, new Float32Array(4), 0, { phrases, node });
        assert.deepEqual([...words.slice(0, 2), words[3]], [choice.token, 42, reached], `step ${i}`);
        assert.deepEqual([state[0], state[3]], [choice.token, reached]);
        assert.closeTo(new Float32Array(words.buffer)[2]!, choice.probability, 1e-4);
        if (choice.token !== greedy) changed++;
        if (reached > 0) inside++;
      }
      assert.isAbove(changed, 20);
      assert.isAbove(inside, 20);
    });

    it('takes the first of equal logits, skips those that are not finite, and reports if none is finite', async () => {
      const none = new Float32Array(4);
      assert.equal((await finalise(Float32Array.of(1, 3, 3, 2), none, 0)).words[0], 1);
      assert.equal((await finalise(new Float32Array(600).fill(2), none, 0)).words[0], 0);
      assert.equal((await finalise(Float32Array.of(NaN, -5, Infinity, -6), none, 0)).words[0], 1);
      assert.equal((await finalise(Float32Array.of(NaN, Infinity, -Infinity), none, 0)).words[0], 0xffff_ffff);
    });
  });
});
