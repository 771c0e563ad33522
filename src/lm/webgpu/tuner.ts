/** Picks the kernels a GPU runs fastest, by timing them on the model's own weights. */
import { SttError } from '../../errors.js';
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

/** How long tuning may take, in milliseconds; what is not tried by then stays as it is. */
export interface Patience {
  /** Of timing alone. */
  readonly timing: number;
  /** Of it all, with what is compiled. */
  readonly all: number;
  /** A GPU that takes longer to say it has nothing to do is asked by a clock: its times would be the clock's. */
  readonly idle: number;
}

/** What a visitor is asked to wait, each visit until all was tried: browsers keep what they compiled. */
const VISITOR: Patience = { timing: 300, all: 300, idle: 10 };
/** Tries everything. */
export const PATIENT: Patience = { timing: Infinity, all: Infinity, idle: Infinity };
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

export interface Tuned {
  readonly tuning: Tuning;
  /** Whether all was tried. */
  readonly isComplete: boolean;
}

/**
 * The fastest of what this GPU can do, its answers compared with the baseline's. A candidate that does not compile is
 * passed over. Rejects where the device is lost.
 */
export async function tune(parts: TunerParts, patience = VISITOR): Promise<Tuned> {
  const trial = new Trial(parts, patience);
  try {
    if ((await trial.idle()) > patience.idle) return { tuning: uniformly(BASELINE), isComplete: false };
    let tuning = uniformly(BASELINE);
    const variants = VARIANTS.filter((variant) => abilitiesOf(variant).every((it) => parts.gpu.abilities.has(it)));
    // The gate is the largest matrix; what folds and multiplies fastest there does elsewhere.
    const variant = await fastest(
      trial,
      variants.map((each) => ({ value: each, tuning: uniformly({ ...BASELINE, ...each }) })),
      [PLACE.gate],
      ({ arithmetic }) => (arithmetic === 'f32' ? 1 : 1 / ROUNDING_MUST_SAVE),
    );
    if (variant) tuning = uniformly({ ...BASELINE, ...variant });
    for (const role of MATRICES) {
      const choices: Choice[] = SHAPES.map((shape) => ({ ...tuning.matrices[role], ...shape }));
      const choice = await fastest(
        trial,
        choices.map((value) => ({ value, tuning: withChoice(tuning, role, value) })),
        [PLACE[role]],
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

/** The candidate whose calls at `places` take least, weighted; undefined where time ran out before two were compared. */
async function fastest<T>(
  trial: Trial,
  candidates: readonly Candidate<T>[],
  places: readonly number[],
  weight: (value: T) => number = () => 1,
): Promise<T | undefined> {
  if (trial.isOver()) return undefined;
  const calls = candidates.map(({ tuning }) => trial.calls(tuning, places));
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

/** [words] of keys and values between 1/4 and 1/2 of either sign, so that attention has something to get wrong. */
function leftovers(words: number, ring: 'f16' | 'f32'): Uint32Array<ArrayBuffer> {
  const [keep, set] = ring === 'f16' ? [0x83ff83ff, 0x34003400] : [0x807fffff, 0x3e800000];
  const content = new Uint32Array(words);
  let state = 1;
  for (let i = 0; i < words; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    content[i] = (state & keep) | set;
  }
  return content;
}

/** One session's step at a full window, of which single calls are timed. */
class Trial {
  readonly #parts: TunerParts;
  readonly #memory: Buffers;
  readonly #buffers: PlanParts['buffers'];
  readonly #rings: GPUBuffer[];
  readonly #deadline: number;
  /** Milliseconds left for timing. */
  #budget: number;
  #isRefused = false;

  constructor(parts: TunerParts, patience: Patience) {
    this.#parts = parts;
    this.#deadline = performance.now() + patience.all;
    this.#budget = patience.timing;
    const { gpu, config } = parts;
    this.#memory = new Buffers(gpu.device, 'lm tuner');
    this.#buffers = stepBuffers(this.#memory, config);
    const { ringBytes } = this.#plan(uniformly(BASELINE));
    // One ring serves every layer: what it holds does not matter here.
    const ring = this.#memory.storage('ring', ringBytes);
    this.#rings = Array.from({ length: config.numLayers }, () => ring);
    gpu.device.queue.writeBuffer(ring, 0, leftovers(ringBytes / 4, parts.ring));
    this.#rewind();
  }

  /** Whether there is no time for more, or no leave. */
  isOver(): boolean {
    return this.#isRefused || this.#budget <= 0 || performance.now() > this.#deadline;
  }

  /** Milliseconds until a GPU without work says so. */
  async idle(): Promise<number> {
    await this.#run([]);
    const start = performance.now();
    await this.#run([]);
    return performance.now() - start;
  }

  calls(tuning: Tuning, places: readonly number[]): Call[] {
    const calls = this.#plan(tuning).calls(this.#rings, 1);
    return places.flatMap((place) => calls.slice(place, place === -1 ? undefined : place + 1));
  }

  /** Whether each candidate's kernels compile here: a variant that is optional may fail on one browser or another. */
  async compiles(candidates: readonly (readonly Call[])[]): Promise<boolean[]> {
    return this.#parts.kernels.compileEach(candidates).catch((cause: unknown) => {
      // Kernels that must not be compiled now may be at the next visit.
      if (!(cause instanceof SttError) || cause.code !== 'unsupported') throw cause;
      this.#isRefused = true;
      return candidates.map(() => false);
    });
  }

  /** Milliseconds of one run of `calls`. */
  async time(calls: readonly Call[]): Promise<number> {
    const { gpu, kernels } = this.#parts;
    const begin = performance.now();
    // The first run may still compile, or raise a clock.
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
