/**
 * Compares what each dispatch of a step wrote with the CPU. The CPU computes from the inputs that the GPU had, so that the
 * first wrong kernel is named and errors do not add up. Letters: docs/model.md.
 */
import { mergeParts } from '../../../kernels/reference/fused.js';
import { softmax } from '../../../kernels/reference/softmax.js';
import { SttError } from '../../errors.js';
import type { Gpu } from '../../gpu/device.js';
import type { LmConfig } from '../../model/config.js';
import { EPS } from './plan.js';
import { sampledCodes, sampledLogits, sampledRows, type Samples } from './samples.js';
import { RESULT_HEADER, STATE_WORDS } from './step-buffers.js';
import type { SyntheticRing } from './synthetic-ring.js';
import { splitsFor, type Arithmetic, type Tuning } from './tuning.js';

/** Allowed errors of a product, as a share of √Σ(weight · largest activation of its block)². */
const COARSENESS: Readonly<Record<Arithmetic, number>> = {
  f32: 1e-4,
  f16: 8 / 2 ** 10,
  // Eight standard deviations of rounding to 127 levels: 1 / (127·√12) = 1 / 440.
  dot8: 8 / 440,
};
/** Allowed beside, as a share of the result: the rounding of keys and values to f16, and WGSL's of `exp`. */
const RELATIVE = 1e-3;
/** The largest f32. */
const LARGEST = 2 ** 128 - 2 ** 104;
/** A GPU may round keys and values below the least normal f16 to 0. */
const LEAST_F16 = 2 ** -14;

export interface StepCheckParts {
  readonly gpu: Gpu;
  readonly config: LmConfig;
  readonly tuning: Tuning;
  readonly samples: Samples;
  /** What the ring held before the step; its own row is added from the results. */
  readonly ring: SyntheticRing;
  /** [D/2, 2]: the rotation. */
  readonly angles: Float32Array;
  readonly position: number;
}

/**
 * Throws `gpu-failed` with the first wrong number, or `model-invalid` if the model's weights overflow on any machine.
 * @param results what `prove` kept, in its order
 */
export function checkStep(parts: StepCheckParts, results: ArrayBuffer): void {
  const { gpu, config, tuning, samples, ring, angles, position } = parts;
  const { dim: M, hidden: F, numHeads: H, context: W, numLayers, card, textCard: V, pauseHeads, pauseClasses } = config;
  const { qkv, out, gate, down, head: headChoice } = tuning.matrices;
  const D = M / H;
  const P = pauseHeads * pauseClasses;
  const S = splitsFor(tuning, config);
  /** Numbers of a split's share of attention: D, padded to vec4s, then the largest score and the sum. */
  const SHARE = 4 * (Math.ceil(D / 4) + 1);
  const row = position % W;
  let at = 0;

  const whole = floats(V);
  let x = floats(M);
  checkEmbedding();
  let checkFullWindow = (): void => undefined;
  for (let l = 0; l < numLayers; l++) checkLayer(l);
  const normedX = normed(x, 'out_norm.alpha');
  const logits = floats(V);
  for (const n of sampledLogits(config)) checkProduct('text_linear.weight', n, normedX, headChoice, logits[n]);
  const pause = floats(P);
  for (const [n, found] of pause.entries()) checkProduct('extra_heads', n, normedX, { arithmetic: 'f32' }, found);
  checkFinalise();
  checkFullWindow();
  const scale = logits.reduce((peak, v) => Math.max(peak, Math.abs(v)), 0);
  for (const [i, v] of logits.entries()) check(`logit ${i} of a step in one pass`, whole[i], v, RELATIVE * scale);

  /** The next `count` numbers of the results. */
  function floats(count: number): Float32Array {
    return new Float32Array(results, 4 * ((at += count) - count), count);
  }

  function words(count: number): Uint32Array {
    return new Uint32Array(results, 4 * ((at += count) - count), count);
  }

  function check(what: string, found: number | undefined, expected: number, allowed: number, share = RELATIVE): void {
    // A NaN on either side is wrong, too.
    if (Math.abs((found ?? NaN) - expected) <= allowed + share * Math.abs(expected)) return;
    const message = `The ${gpu.label} computes wrong numbers: ${what} is ${String(found)}, expected ${String(expected)}`;
    throw new SttError('gpu-failed', message);
  }

  /** `sum` of finite numbers, in 64 bits: where it is too large for a GPU, it is so for the CPU, too. */
  function checkRange(what: string, sum: number): void {
    if (!Number.isFinite(sum) || Math.abs(sum) <= LARGEST) return;
    throw new SttError('model-invalid', `The weights overflow: ${what} is ${sum}, expected at most ±${LARGEST}`);
  }

  function checkEmbedding(): void {
    const rows = [...sampledCodes(config), V].map((code, t) => samples.row('embeddings', t * (card + 1) + code));
    for (const [k, found] of x.entries()) {
      const [sum, size] = rows.reduce(([a, b], { [k]: v = NaN }) => [a + v, b + Math.abs(v)], [0, 0]);
      checkRange(`the embedding, element ${k},`, sum);
      check(`the embedding, element ${k},`, found, sum, COARSENESS.f32 * size);
    }
  }

  function checkLayer(l: number): void {
    const layer = `transformer.layers.${l}`;
    const { head, ...rows } = sampledRows(config, l);
    const q = floats(M);
    for (let i = 0; i < D; i += 2) ring.words.set(words(ring.pair), ring.keyAt(head, i, row));
    ring.words.set(words((ring.pair * D) / 2), ring.valueAt(head, 0, row));
    checkQkv(`${layer}.self_attn.in_proj_weight`, rows.qkv, normed(x, `${layer}.norm1.alpha`), q);

    const query = q.subarray(head * D, (head + 1) * D);
    const a = merged(floats(H * S * SHARE));
    checkAttention(`attention of layer ${l}`, head, a, ring.attention(head, query, Math.min(position + 1, W)));
    checkFullWindow = (): void => {
      const full = merged(floats(H * S * SHARE));
      checkAttention('attention over a full window', head, full, ring.attention(head, query, W));
    };
    const between = floats(M);
    checkAdded(`${layer}.self_attn.out_proj.weight`, rows.out, a, out, x, between);

    const h = floats(F);
    const y = normed(between, `${layer}.norm2.alpha`);
    const matrix = `${layer}.gating.linear_in.weight`;
    for (const n of rows.gate) {
      const [g, offG] = product(matrix, n, y, gate);
      const [u, offU] = product(matrix, F + n, y, gate);
      const silu = g / (1 + Math.exp(-g));
      // The slope of silu is at most 1.1.
      check(`${matrix}, row ${n},`, h[n], silu * u, 1.1 * offG * (Math.abs(u) + offU) + Math.abs(silu) * offU);
    }
    x = floats(M);
    checkAdded(`${layer}.gating.linear_out.weight`, rows.out, h, down, between, x);
  }

  function checkFinalise(): void {
    let token = 0;
    for (const [i, v] of logits.entries()) if (v > (logits[token] ?? NaN)) token = i;
    const probability = 1 / logits.reduce((sum, v) => sum + Math.exp(v - (logits[token] ?? NaN)), 0);
    const result = words(RESULT_HEADER);
    const pauses = floats(P);
    for (const [what, [found, steps]] of [
      ['the result', result],
      ['the state', words(STATE_WORDS)],
    ] as const) {
      check(`the token of ${what}`, found, token, 0, 0);
      check(`the step of ${what}`, steps, position + 1, 0, 0);
    }
    check('the probability', new Float32Array(result.slice().buffer)[2], probability, 0);
    for (const [i, v] of softmax(pause, pauseClasses).entries())
      check(`pause probability ${i}`, pauses[i], v, RELATIVE);
  }

  /** Row `n` of a matrix times `a`, and the error that the arithmetic may have. */
  function product(
    matrix: string,
    n: number,
    a: Float32Array,
    { arithmetic }: { readonly arithmetic: Arithmetic },
  ): [number, number] {
    const w = samples.row(matrix, n);
    let [sum, square] = [0, 0];
    for (let block = 0; block < w.length; block += 32) {
      const end = Math.min(block + 32, w.length);
      let peak = 0;
      for (let k = block; k < end; k++) peak = Math.max(peak, Math.abs(a[k]!));
      for (let k = block; k < end; k++) {
        sum += w[k]! * a[k]!;
        square += (w[k]! * peak) ** 2;
      }
    }
    checkRange(`${matrix}, row ${n},`, sum);
    return [sum, COARSENESS[arithmetic] * Math.sqrt(square)];
  }

  function checkProduct(
    matrix: string,
    n: number,
    a: Float32Array,
    choice: { readonly arithmetic: Arithmetic },
    found: number | undefined,
    before = 0,
  ): void {
    const [expected, off] = product(matrix, n, a, choice);
    check(`${matrix}, row ${n},`, (found ?? NaN) - before, expected, off + 1e-6 * Math.abs(before));
  }

  /** Checks rows of `after` = `before` + W·a. */
  function checkAdded(
    matrix: string,
    rows: readonly number[],
    a: Float32Array,
    choice: { readonly arithmetic: Arithmetic },
    before: Float32Array,
    after: Float32Array,
  ): void {
    for (const n of rows) checkProduct(matrix, n, a, choice, after[n], before[n]);
  }

  /** Checks pairs of rows, which rotate together: of queries in `q`, of keys and values in the ring. */
  function checkQkv(matrix: string, rows: readonly number[], a: Float32Array, q: Float32Array): void {
    for (const n of rows) {
      if (n % 2 === 1) continue;
      const [u, offU] = product(matrix, n, a, qkv);
      const [v, offV] = product(matrix, n + 1, a, qkv);
      const part = Math.floor(n / M);
      const [head, i] = [Math.floor((n % M) / D), n % D];
      const [cos = NaN, sin = NaN] = part === 2 ? [1, 0] : angles.subarray(i);
      const allowed = offU + offV + RELATIVE * (Math.abs(u) + Math.abs(v));
      for (const [c, turned] of [u * cos - v * sin, u * sin + v * cos].entries()) {
        const what = `${matrix}, row ${n + c},`;
        if (part === 0) check(what, q[n + c], turned / Math.sqrt(D), allowed / Math.sqrt(D));
        else {
          const word = part === 1 ? ring.keyAt(head, i, row) : ring.valueAt(head, i, row);
          check(what, ring.element(word, c), turned, allowed + LEAST_F16);
        }
      }
    }
  }

  /** RMSNorm of `values`. */
  function normed(values: Float32Array, name: string): Float32Array {
    const alpha = samples.row(name, 0);
    const divisor = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / M + EPS);
    return values.map((v, k) => {
      const result = (v * (alpha[k] ?? NaN)) / divisor;
      checkRange(`${name}, element ${k},`, result);
      return result;
    });
  }

  /** Attention of all heads [M], merged from the splits. */
  function merged(shares: Float32Array): Float32Array {
    const all = new Float32Array(M);
    for (let head = 0; head < H; head++) {
      const splits = Array.from({ length: S }, (_, s) => {
        const share = shares.subarray((head * S + s) * SHARE).slice(0, SHARE);
        const [peak = NaN, total = NaN] = share.subarray(SHARE - 4);
        return { peak, total, mixed: share.slice(0, D) };
      });
      all.set(mergeParts(splits), head * D);
    }
    return all;
  }

  function checkAttention(what: string, head: number, found: Float32Array, expected: Float32Array): void {
    const peak = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 0.5);
    for (const [i, v] of expected.entries())
      check(`${what}, element ${head * D + i},`, found[head * D + i], v, RELATIVE * peak);
  }
}
