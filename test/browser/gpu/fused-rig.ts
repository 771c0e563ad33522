/** Runs a random model's fused plan on a real device, one kernel at a time, and compares each with its plain twin. */
import { assert } from '@open-wc/testing';
import {
  attentionPart,
  linearAdd,
  mergeParts,
  normGate,
  normLinear,
  normQkv,
  type Normed,
  type Round,
} from '../../../kernels/reference/fused.js';
import { dequantizeActivations } from '../../../kernels/reference/matvec.js';
import { quantize } from '../../../kernels/reference/quantize.js';
import type { Call } from '../../../src/gpu/kernels.js';
import { planFused } from '../../../src/lm/webgpu/fused-plan.js';
import { EPS, padded, type Plan } from '../../../src/lm/webgpu/plan.js';
import { STATE_WORDS, stepBuffers, stepWords, type StepBuffers } from '../../../src/lm/webgpu/step-buffers.js';
import type { Tuning } from '../../../src/lm/webgpu/tuning.js';
import type { GpuLmWeights } from '../../../src/lm/webgpu/weights.js';
import type { LmConfig } from '../../../src/model/config.js';
import { Rotation } from '../../../src/wasm/rotation.js';
import { normals, random } from '../../unit/kernels/numbers.js';
import type { Bench } from './bench.js';
import { randomMatrix, type Type } from './random-matrix.js';
import { RingLayout } from './ring-layout.js';

export type RigConfig = Pick<
  LmConfig,
  'dim' | 'numHeads' | 'hidden' | 'context' | 'nQ' | 'card' | 'textCard' | 'numLayers' | 'pauseHeads' | 'pauseClasses'
>;

interface Layer {
  readonly norm1: Normed;
  readonly out: Float32Array;
  readonly norm2: Normed;
  readonly down: Float32Array;
}

/** Activations after the rounding of the int8 kernels. */
const throughInt8: Round = (activations) => {
  const { q, d } = quantize(activations);
  return dequantizeActivations(q, d);
};

export class FusedRig {
  readonly #bench: Bench;
  readonly #config: LmConfig;
  #tuning: Tuning;
  readonly #ring: 'f16' | 'f32';
  readonly #layout: RingLayout;
  readonly #buffers: StepBuffers;
  #plan: Plan;
  readonly #weights: GpuLmWeights;
  readonly #layers: Layer[] = [];
  readonly #head: Normed;
  readonly #pause: Float32Array;
  readonly #rings: GPUBuffer[];
  readonly #slots: number;
  readonly #next = random(7);
  #round: Round = (a) => a;
  /** Relative to the rms of the expected values. */
  #tolerance = 0;

  constructor(bench: Bench, config: RigConfig, type: Type, tuning: Tuning, ring: 'f16' | 'f32', slots = 1) {
    this.#bench = bench;
    this.#config = { paddingToken: 3, endOfPaddingToken: 0, ...config } as LmConfig;
    this.#tuning = tuning;
    this.#ring = ring;
    this.#layout = new RingLayout(ring, this.#config);
    this.#slots = slots;
    const { dim: M, hidden: F, textCard: V, nQ } = config;
    const next = this.#next;
    const tables = randomMatrix(bench, next, type, (nQ + 1) * 10, M);
    const layers = Array.from({ length: config.numLayers }, () => {
      const [qkv, out, ffnIn, ffnOut] = [
        randomMatrix(bench, next, type, 3 * M, M),
        randomMatrix(bench, next, type, M, M),
        randomMatrix(bench, next, type, 2 * F, M),
        randomMatrix(bench, next, type, M, F),
      ];
      const [norm1, norm2] = [this.#alpha(), this.#alpha()];
      this.#layers.push({
        norm1: { W: qkv.decoded, alpha: norm1, eps: EPS },
        out: out.decoded,
        norm2: { W: ffnIn.decoded, alpha: norm2, eps: EPS },
        down: ffnOut.decoded,
      });
      return { norm1: this.#put(norm1), qkv, out, norm2: this.#put(norm2), ffnIn, ffnOut };
    });
    const [alpha, head] = [this.#alpha(), randomMatrix(bench, next, type, V, M)];
    this.#head = { W: head.decoded, alpha, eps: EPS };
    const heads = config.pauseHeads * config.pauseClasses;
    const pause = heads > 0 ? randomMatrix(bench, next, 'f32', heads, M) : undefined;
    this.#pause = pause?.decoded ?? new Float32Array();
    const first = Uint32Array.from({ length: nQ + 1 }, (_, t) => t * 10);
    this.#weights = {
      tables: { type, count: nQ + 1, K: tables.K, first: bench.put(first), buffers: tables.buffers },
      layers,
      outNorm: this.#put(alpha),
      head,
      pause,
    };
    const memory = bench.memory;
    this.#buffers = stepBuffers(memory, this.#config);
    this.#plan = this.#planned();
    // Filled as if by an earlier stream.
    this.#rings = layers.map(() => bench.put(this.#layout.randomRing((slots * this.#plan.ringBytes) / 4, next)));
  }

  /** Switches to other kernels, with the same weights. */
  retune(tuning: Tuning): void {
    this.#tuning = tuning;
    this.#plan = this.#planned();
  }

  get dispatches(): number {
    return this.#plan.calls(this.#rings, 1).length;
  }

  #planned(): Plan {
    const isRounded = Object.values(this.#tuning.matrices).some(({ arithmetic }) => arithmetic === 'dot8');
    this.#round = isRounded ? throughInt8 : (a) => a;
    // A sum in another order may round to the neighbouring int8 value.
    this.#tolerance = isRounded ? 5e-3 : 2e-4;
    const { memory } = this.#bench;
    const [config, weights, buffers] = [this.#config, this.#weights, this.#buffers];
    return planFused({ memory, config, weights, buffers, ring: this.#ring, tuning: this.#tuning });
  }

  #rounded(normed: Normed): Normed {
    return { ...normed, round: this.#round };
  }

  /** One step of `batch` streams at position `t`. */
  async check(t: number, batch = 1): Promise<void> {
    const { config, bench } = { config: this.#config, bench: this.#bench };
    const { dim: M, numHeads: H, textCard: V } = config;
    const rotation = new Float32Array(M / H);
    new Rotation(M / H, 100_000).write(rotation, 0, t);
    this.#write(t, rotation, batch);
    const [embed, ...rest] = this.#plan.calls(this.#rings, batch);
    const [head, finalise] = rest.slice(-2);
    await bench.run(embed!);
    const xBuffer = embed!.buffers[3]!;
    let x = await this.#rows(xBuffer, M, padded(M), batch);
    for (const [l, weights] of this.#layers.entries()) {
      const calls = rest.slice(5 * l, 5 * l + 5);
      x = await this.#checkLayer(calls, weights, this.#rings[l]!, x, t, rotation, batch);
    }
    await bench.run(head!);
    const logits = await this.#rows(this.#buffers.logits, V, V, batch);
    for (let b = 0; b < batch; b++) this.#near(logits[b]!, normLinear(x[b]!, this.#rounded(this.#head)), 'logits');
    const P = config.pauseHeads * config.pauseClasses;
    const pause = await this.#rows(this.#buffers.pause, P, P, batch);
    for (let b = 0; b < batch && P > 0; b++) {
      this.#near(pause[b]!, normLinear(x[b]!, { W: this.#pause, alpha: this.#head.alpha, eps: EPS }), 'pause');
    }
    await bench.run(finalise!);
    const state = await bench.words(this.#buffers.state);
    for (let b = 0; b < batch; b++) {
      const slot = this.#slotOf(b);
      const expected = logits[b]!.indexOf(Math.max(...logits[b]!));
      assert.deepEqual([...state.slice(slot * STATE_WORDS, slot * STATE_WORDS + 2)], [expected, t + 1]);
    }
  }

  async #checkLayer(
    [qkv, attention, out, gate, down]: readonly Call[],
    w: Layer,
    ring: GPUBuffer,
    x: readonly Float32Array[],
    t: number,
    rotation: Float32Array,
    batch: number,
  ): Promise<Float32Array[]> {
    const bench = this.#bench;
    const { dim: M, numHeads: H, context: W, hidden: F } = this.#config;
    const D = M / H;
    const written = (await bench.words(ring)).slice();
    await bench.run(qkv!);
    const after = await bench.words(ring);
    const q = await this.#rows(qkv!.buffers[4]!, M, M, batch);
    const row = t % W;
    for (let b = 0; b < batch; b++) {
      const expected = normQkv(x[b]!, this.#rounded(w.norm1), rotation, H, D);
      this.#near(q[b]!, expected.q, 'q');
      const at = (plane: number, h: number, i: number): number =>
        this.#layout.pairAt(this.#slotOf(b), plane, h, i, row);
      for (const [plane, name] of [
        [0, 'k'],
        [1, 'v'],
      ] as const) {
        const found = new Float32Array(M);
        for (let h = 0; h < H; h++) {
          for (let i = 0; i < D / 2; i++) {
            for (const c of [0, 1]) found[h * D + 2 * i + c] = this.#layout.number(after, at(plane, h, i), c);
            const { words } = this.#layout;
            const from = words * at(plane, h, i);
            written.set(after.subarray(from, from + words), from);
          }
        }
        this.#near(found, expected[name], name, this.#ring === 'f16' ? 1e-3 : 0);
      }
    }
    assert.isTrue(
      after.every((word, i) => word === written[i]),
      'only this step’s rows of the ring are written',
    );

    await bench.run(attention!);
    await bench.run(out!);
    const xBuffer = out!.buffers[1]!;
    const merged = await this.#rows(xBuffer, M, padded(M), batch);
    for (let b = 0; b < batch; b++) {
      const a = this.#attend(q[b]!, after, this.#slotOf(b), Math.min(t + 1, W));
      this.#near(merged[b]!, linearAdd(x[b]!, w.out, a, this.#round), 'x after attention');
    }
    await bench.run(gate!);
    const h = await this.#rows(gate!.buffers[2]!, F, padded(F), batch);
    for (let b = 0; b < batch; b++) this.#near(h[b]!, normGate(merged[b]!, this.#rounded(w.norm2)), 'h');
    await bench.run(down!);
    const y = await this.#rows(xBuffer, M, padded(M), batch);
    for (let b = 0; b < batch; b++)
      this.#near(y[b]!, linearAdd(merged[b]!, w.down, h[b]!, this.#round), 'x after the layer');
    return y;
  }

  /** [M]: attention over the ring's `rows`, in as many parts as the plan has. */
  #attend(q: Float32Array, ring: Uint32Array, slot: number, rows: number): Float32Array {
    const { dim: M, numHeads: H } = this.#config;
    const D = M / H;
    const a = new Float32Array(M);
    const span = Math.ceil(rows / this.#tuning.splits);
    for (let h = 0; h < H; h++) {
      const parts = Array.from({ length: this.#tuning.splits }, (_, s) => {
        const [from, to] = [Math.min(s * span, rows), Math.min((s + 1) * span, rows)];
        const [keys, values] = [0, 1].map((plane) =>
          Float32Array.from({ length: (to - from) * D }, (__, n) => {
            const [j, d] = [Math.floor(n / D), n % D];
            return this.#layout.number(ring, this.#layout.pairAt(slot, plane, h, d >> 1, from + j), d & 1);
          }),
        );
        return attentionPart(q.slice(h * D, (h + 1) * D), keys!, values!);
      });
      a.set(mergeParts(parts), h * D);
    }
    return a;
  }

  /** Streams use the last slots first, so that slot and index in the step differ. */
  #slotOf(b: number): number {
    return this.#slots - 1 - b;
  }

  #write(t: number, rotation: Float32Array, batch: number): void {
    const { queue } = this.#bench.gpu.device;
    const { nQ } = this.#config;
    const words = stepWords(this.#config);
    const input = new Uint32Array(batch * words);
    const state = new Uint32Array(this.#slots * STATE_WORDS);
    for (let b = 0; b < batch; b++) {
      const slot = this.#slotOf(b);
      input[b * words] = slot;
      for (let k = 0; k < nQ; k++) input[b * words + 1 + k] = Math.floor(this.#next() * 10);
      input.set(new Uint32Array(rotation.buffer), b * words + 1 + nQ);
      state.set([Math.floor(this.#next() * 10), t], slot * STATE_WORDS);
    }
    queue.writeBuffer(this.#buffers.input, 0, input);
    queue.writeBuffer(this.#buffers.state, 0, state);
  }

  /** `count` numbers of each stream. */
  async #rows(buffer: GPUBuffer, count: number, stride: number, batch: number): Promise<Float32Array[]> {
    const all = new Float32Array((await this.#bench.words(buffer)).buffer);
    return Array.from({ length: batch }, (_, b) => all.slice(b * stride, b * stride + count));
  }

  #near(actual: Float32Array, expected: Float32Array, what: string, least = 0): void {
    const rms = Math.sqrt(expected.reduce((sum, v) => sum + v * v, 0) / expected.length);
    const tolerance = Math.max(this.#tolerance, least) * (rms + 1e-6);
    // The relative error of an f16 is at most 2⁻¹¹.
    const bad = expected.findIndex((e, i) => !(Math.abs(actual[i]! - e) <= tolerance + least * Math.abs(e)));
    assert.equal(actual.length, expected.length, what);
    assert.isTrue(bad < 0, `${what}[${bad}] is ${actual[bad]}, expected ${expected[bad]} ± ${tolerance}`);
  }

  #alpha(): Float32Array {
    return normals(this.#next, this.#config.dim, 0.1).map((v) => 1 + v);
  }

  #put(vector: Float32Array): GPUBuffer {
    const full = new Float32Array(padded(vector.length));
    full.set(vector);
    return this.#bench.put(full);
  }
}
