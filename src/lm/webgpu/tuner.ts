/** Picks the kernels that a GPU runs fastest, by timing them on the model's own weights. */
import { SttError } from '../../errors.js';
import { Buffers } from '../../gpu/buffers.js';
import { checked, type Gpu } from '../../gpu/device.js';
import { encode, type Call, type Kernels } from '../../gpu/kernels.js';
import { planFused } from './fused-plan.js';
import type { PlanParts } from './plan.js';
import { ringContents } from './synthetic-ring.js';
import { MAX_SLOTS, STATE_WORDS, stepBuffers, stepWords } from './step-buffers.js';
import { abilitiesOf, BASELINE, MATRICES, uniformly, type Choice, type MatrixRole, type Tuning } from './tuning.js';

/** A GPU and the model's weights on it. */
export type TunerParts = Pick<PlanParts, 'config' | 'weights' | 'ring'> & {
  readonly gpu: Gpu;
  readonly kernels: Kernels;
};

/** Time limits of tuning, in milliseconds. Candidates not tried by then are not used. */
export interface TuningLimits {
  /** For timing alone. */
  readonly timing: number;
  /** For timing and compiling. */
  readonly total: number;
  /** For an idle GPU to report that it is idle. One that takes longer is polled by a timer, and its times would measure the timer. */
  readonly idle: number;
}

/** Short enough for a visitor to wait at each visit until everything was tried: browsers cache compiled kernels. */
const VISIT: TuningLimits = { timing: 300, total: 300, idle: 10 };
/** Tries everything. */
export const UNLIMITED: TuningLimits = { timing: Infinity, total: Infinity, idle: Infinity };
/** Runs of a kernel per measurement, so that the cost of a submit is negligible. */
const REPEATS = 16;
/** Rounded activations cost accuracy, so their time must be below this share of the f32 time. */
const ROUNDING_MAX_SHARE = 0.9;

const VARIANTS = [
  { arithmetic: 'f32', fold: 'tree' },
  { arithmetic: 'f32', fold: 'subgroups' },
  { arithmetic: 'f16', fold: 'tree' },
  { arithmetic: 'f16', fold: 'subgroups' },
  { arithmetic: 'dot8', fold: 'tree' },
  { arithmetic: 'dot8', fold: 'subgroups' },
] as const;
const SHAPES = [
  { lanes: 64, rows: 4 },
  { lanes: 64, rows: 8 },
  { lanes: 64, rows: 16 },
  { lanes: 32, rows: 8 },
  { lanes: 128, rows: 4 },
  { lanes: 128, rows: 8 },
] as const;
const SPLITS = [2, 4, 8, 16];

/** Index of a matrix's kernel in the calls of a step; the head is the last but one. */
const CALL_OF: Readonly<Record<MatrixRole, number>> = { qkv: 1, out: 3, gate: 4, down: 5, head: -2 };
/** Indices of the kernels whose time depends on the splits: attention, and the product that merges them. */
const ATTENTION = [2, 3];

export interface Tuned {
  readonly tuning: Tuning;
  /** Whether every candidate was tried. */
  readonly isComplete: boolean;
}

/**
 * Finds the fastest tuning for this GPU and checks its logits against the baseline's. Skips candidates that do not
 * compile. Rejects if the device is lost.
 */
export async function tune(parts: TunerParts, limits = VISIT): Promise<Tuned> {
  const trial = new Trial(parts, limits);
  try {
    if ((await trial.idle()) > limits.idle) return { tuning: uniformly(BASELINE), isComplete: false };
    let tuning = uniformly(BASELINE);
    const variants = VARIANTS.filter((variant) => abilitiesOf(variant).every((it) => parts.gpu.abilities.has(it)));
    // The gate is the largest matrix; the variant that is fastest there is used for all.
    const variant = await fastest(
      trial,
      variants.map((each) => ({ value: each, tuning: uniformly({ ...BASELINE, ...each }) })),
      [CALL_OF.gate],
      ({ arithmetic }) => (arithmetic === 'f32' ? 1 : 1 / ROUNDING_MAX_SHARE),
    );
    if (variant) tuning = uniformly({ ...BASELINE, ...variant });
    for (const role of MATRICES) {
      const choices: Choice[] = SHAPES.map((shape) => ({ ...tuning.matrices[role], ...shape }));
      const choice = await fastest(
        trial,
        choices.map((value) => ({ value, tuning: withChoice(tuning, role, value) })),
        [CALL_OF[role]],
      );
      if (choice) tuning = withChoice(tuning, role, choice);
    }
    const current = tuning;
    const candidates = SPLITS.map((splits) => ({ value: splits, tuning: { ...current, splits } }));
    const splits = await fastest(trial, candidates, ATTENTION);
    if (splits !== undefined) tuning = { ...tuning, splits };
    const isComplete = !trial.isOver();
    return { tuning: (await trial.agrees(tuning)) ? tuning : uniformly(BASELINE), isComplete };
  } finally {
    trial.close();
  }
}

function withChoice(tuning: Tuning, role: MatrixRole, choice: Choice): Tuning {
  return { ...tuning, matrices: { ...tuning.matrices, [role]: choice } };
}

interface Candidate<T> {
  readonly value: T;
  readonly tuning: Tuning;
}

/** The candidate whose calls at `indices` take the least weighted time; undefined if none compiled or time had run out. */
async function fastest<T>(
  trial: Trial,
  candidates: readonly Candidate<T>[],
  indices: readonly number[],
  weight: (value: T) => number = () => 1,
): Promise<T | undefined> {
  if (trial.isOver()) return undefined;
  const calls = candidates.map(({ tuning }) => trial.calls(tuning, indices));
  const compiled = await trial.compiles(calls);
  let best: { readonly value: T; readonly ms: number } | undefined;
  for (const [i, { value }] of candidates.entries()) {
    if (compiled[i] !== true) continue;
    if (best && trial.isOver()) break;
    const ms = (await trial.time(calls[i] ?? [])) * weight(value);
    if (!best || ms < best.ms) best = { value, ms };
  }
  return best?.value;
}

/** Times single calls of one stream's step at a full window. */
class Trial {
  readonly #parts: TunerParts;
  readonly #memory: Buffers;
  readonly #buffers: PlanParts['buffers'];
  readonly #rings: GPUBuffer[];
  readonly #deadline: number;
  /** Milliseconds left for timing. */
  #budget: number;
  #isRefused = false;

  constructor(parts: TunerParts, limits: TuningLimits) {
    this.#parts = parts;
    this.#deadline = performance.now() + limits.total;
    this.#budget = limits.timing;
    const { gpu, config } = parts;
    this.#memory = new Buffers(gpu.device, 'lm tuner');
    this.#buffers = stepBuffers(this.#memory, config);
    const { ringBytes } = this.#plan(uniformly(BASELINE));
    // All layers share one ring: its contents do not matter here.
    const ring = this.#memory.storage('ring', ringBytes);
    this.#rings = Array.from({ length: config.numLayers }, () => ring);
    gpu.device.queue.writeBuffer(ring, 0, ringContents(ringBytes / 4, parts.ring));
    this.#rewind();
  }

  /** Whether time has run out or compiling is refused. */
  isOver(): boolean {
    return this.#isRefused || this.#budget <= 0 || performance.now() > this.#deadline;
  }

  /** Milliseconds until an idle GPU reports that it is idle. */
  async idle(): Promise<number> {
    await this.#run([]);
    const start = performance.now();
    await this.#run([]);
    return performance.now() - start;
  }

  calls(tuning: Tuning, indices: readonly number[]): Call[] {
    const calls = this.#plan(tuning).calls(this.#rings, 1);
    return indices.flatMap((index) => calls.slice(index, index === -1 ? undefined : index + 1));
  }

  /** Whether each candidate's kernels compile; optional variants fail in some browsers. */
  async compiles(candidates: readonly (readonly Call[])[]): Promise<boolean[]> {
    return this.#parts.kernels.compileEach(candidates).catch((cause: unknown) => {
      // The compile guard refuses for this visit only.
      if (!(cause instanceof SttError) || cause.code !== 'unsupported') throw cause;
      this.#isRefused = true;
      return candidates.map(() => false);
    });
  }

  /** Milliseconds of one run of `calls`. */
  async time(calls: readonly Call[]): Promise<number> {
    const { gpu, kernels } = this.#parts;
    const begin = performance.now();
    // The first run is not measured: it may compile, or raise the clock rate.
    const once = await checked(gpu.device, 'tuning: a kernel', async () => {
      const dispatches = calls.map((call) => kernels.dispatch(call));
      await this.#run(dispatches);
      return dispatches;
    });
    const start = performance.now();
    await this.#run(Array.from({ length: REPEATS }, () => once).flat());
    const end = performance.now();
    this.#budget -= end - begin;
    return (end - start) / REPEATS;
  }

  /** Whether a step with `tuning` yields the baseline's logits, within the error of its arithmetic. */
  async agrees(tuning: Tuning): Promise<boolean> {
    const [found, expected] = [await this.#logits(tuning), await this.#logits(uniformly(BASELINE))];
    const square = expected.reduce((sum, v) => sum + v * v, 0);
    const off = expected.reduce((sum, v, i) => sum + (v - (found[i] ?? NaN)) ** 2, 0);
    const isRounded = MATRICES.some((role) => tuning.matrices[role].arithmetic !== 'f32');
    return Math.sqrt(off) <= Math.sqrt(square) * (isRounded ? 0.1 : 1e-3);
  }

  close(): void {
    this.#memory.destroy();
  }

  async #logits(tuning: Tuning): Promise<Float32Array> {
    const { gpu, kernels, config } = this.#parts;
    const calls = this.#plan(tuning).calls(this.#rings, 1);
    await kernels.compile(calls);
    this.#rewind();
    const dispatches = await checked(gpu.device, 'tuning: a step', () => calls.map((call) => kernels.dispatch(call)));
    await this.#run(dispatches);
    const bytes = config.textCard * 4;
    const copy = this.#memory.readBack('logits', bytes);
    const encoder = gpu.device.createCommandEncoder();
    encoder.copyBufferToBuffer(this.#buffers.logits, 0, copy, 0, bytes);
    gpu.device.queue.submit([encoder.finish()]);
    await copy.mapAsync(GPUMapMode.READ);
    return new Float32Array(copy.getMappedRange().slice(0));
  }

  async #run(dispatches: Parameters<typeof encode>[1]): Promise<void> {
    const { device } = this.#parts.gpu;
    const encoder = device.createCommandEncoder();
    encode(encoder, dispatches);
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
  }

  #plan(tuning: Tuning): ReturnType<typeof planFused> {
    const { config, weights, ring } = this.#parts;
    return planFused({ memory: this.#memory, config, weights, buffers: this.#buffers, ring, tuning });
  }

  /** Resets the step's inputs to token 0, codes 0 and a full window. */
  #rewind(): void {
    const { gpu, config } = this.#parts;
    const input = new Uint32Array(MAX_SLOTS * stepWords(config));
    const state = new Uint32Array(STATE_WORDS);
    state[1] = config.context;
    gpu.device.queue.writeBuffer(this.#buffers.input, 0, input);
    gpu.device.queue.writeBuffer(this.#buffers.state, 0, state);
  }
}
