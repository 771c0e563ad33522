/** Picks the kernels a GPU runs fastest, by timing them on the model's own weights. */
import { Buffers } from '../../gpu/buffers.js';
import { checked, type Gpu } from '../../gpu/device.js';
import { encode, type Call, type Kernels } from '../../gpu/kernels.js';
import { planFused } from './fused-plan.js';
import type { PlanParts } from './plan.js';
import { MOST_SEATS, STATE_WORDS, stepBuffers, stepWords } from './step-buffers.js';
import { abilitiesOf, BASELINE, MATRICES, uniformly, type Choice, type MatrixRole, type Tuning } from './tuning.js';

/** What is tuned: a model's weights on a GPU. */
export type TunerParts = Pick<PlanParts, 'config' | 'weights' | 'ring'> & {
  readonly gpu: Gpu;
  readonly kernels: Kernels;
};

/** Milliseconds tuning may take; what is not tried by then stays as it is. */
const BUDGET_MS = 300;
/** Calls of one kernel in a row: long enough to outweigh a submit. */
const REPEATS = 16;
/** Rounded activations cost accuracy, so they have to win by this much. */
const ROUNDING_MUST_SAVE = 0.9;

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

/** Where a matrix's kernel is in the calls of a step; the head is the last but one. */
const PLACE: Readonly<Record<MatrixRole, number>> = { qkv: 1, out: 3, gate: 4, down: 5, head: -2 };
const ATTENTION = [2, 3];

/**
 * The fastest of what this GPU can do, in at most `budgetMs` of timing, answers compared with the baseline's. Rejects
 * where the GPU fails.
 */
export async function tune(parts: TunerParts, budgetMs = BUDGET_MS): Promise<Tuning> {
  const trial = new Trial(parts);
  const deadline = performance.now() + budgetMs;
  try {
    let tuning = uniformly(BASELINE);
    const variants = VARIANTS.filter((variant) => abilitiesOf(variant).every((it) => parts.gpu.abilities.has(it)));
    // The gate is the largest matrix; what folds and multiplies fastest there does elsewhere.
    const variant = await fastest(
      trial,
      deadline,
      variants.map((each) => ({ value: each, tuning: uniformly({ ...BASELINE, ...each }) })),
      [PLACE.gate],
      ({ arithmetic }) => (arithmetic === 'f32' ? 1 : 1 / ROUNDING_MUST_SAVE),
    );
    if (variant) tuning = uniformly({ ...BASELINE, ...variant });
    for (const role of MATRICES) {
      const choices: Choice[] = SHAPES.map((shape) => ({ ...tuning.matrices[role], ...shape }));
      const choice = await fastest(
        trial,
        deadline,
        choices.map((value) => ({ value, tuning: withChoice(tuning, role, value) })),
        [PLACE[role]],
      );
      if (choice) tuning = withChoice(tuning, role, choice);
    }
    const current = tuning;
    const candidates = SPLITS.map((splits) => ({ value: splits, tuning: { ...current, splits } }));
    const splits = await fastest(trial, deadline, candidates, ATTENTION);
    if (splits !== undefined) tuning = { ...tuning, splits };
    return (await trial.agrees(tuning)) ? tuning : uniformly(BASELINE);
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

/** The candidate whose calls at `places` take least, weighted; undefined where time ran out before two were compared. */
async function fastest<T>(
  trial: Trial,
  deadline: number,
  candidates: readonly Candidate<T>[],
  places: readonly number[],
  weight: (value: T) => number = () => 1,
): Promise<T | undefined> {
  if (performance.now() > deadline) return undefined;
  const calls = candidates.map(({ tuning }) => trial.calls(tuning, places));
  await trial.compile(calls.flat());
  let best: { readonly value: T; readonly ms: number } | undefined;
  for (const [i, { value }] of candidates.entries()) {
    if (best && performance.now() > deadline) break;
    const ms = (await trial.time(calls[i] ?? [])) * weight(value);
    if (!best || ms < best.ms) best = { value, ms };
  }
  return best?.value;
}

/** One session's step at a full window, of which single calls are timed. */
class Trial {
  readonly #parts: TunerParts;
  readonly #memory: Buffers;
  readonly #buffers: PlanParts['buffers'];
  readonly #rings: GPUBuffer[];

  constructor(parts: TunerParts) {
    this.#parts = parts;
    const { gpu, config } = parts;
    this.#memory = new Buffers(gpu.device, 'lm tuner');
    this.#buffers = stepBuffers(this.#memory, config);
    const { ringBytes } = this.#plan(uniformly(BASELINE));
    // One ring serves every layer: what it holds does not matter here.
    const ring = this.#memory.storage('ring', ringBytes);
    this.#rings = Array.from({ length: config.numLayers }, () => ring);
    this.#rewind();
  }

  calls(tuning: Tuning, places: readonly number[]): Call[] {
    const calls = this.#plan(tuning).calls(this.#rings, 1);
    return places.flatMap((place) => calls.slice(place, place === -1 ? undefined : place + 1));
  }

  async compile(calls: readonly Call[]): Promise<void> {
    const { gpu, kernels } = this.#parts;
    await checked(gpu.device, 'tuning: kernels', () => kernels.compile(calls));
  }

  /** Milliseconds of one run of `calls`. */
  async time(calls: readonly Call[]): Promise<number> {
    const { kernels } = this.#parts;
    const once = calls.map((call) => kernels.dispatch(call));
    // The first run may still compile, or raise a clock.
    await this.#run(once);
    const start = performance.now();
    await this.#run(Array.from({ length: REPEATS }, () => once).flat());
    return (performance.now() - start) / REPEATS;
  }

  /** Whether a step so tuned gives the baseline's logits, as near as its arithmetic can. */
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
    await this.compile(calls);
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

  /** Token 0, any codes, and a window that is full. */
  #rewind(): void {
    const { gpu, config } = this.#parts;
    const input = new Uint32Array(MOST_SEATS * stepWords(config));
    const state = new Uint32Array(STATE_WORDS);
    state[1] = config.context;
    gpu.device.queue.writeBuffer(this.#buffers.input, 0, input);
    gpu.device.queue.writeBuffer(this.#buffers.state, 0, state);
  }
}
