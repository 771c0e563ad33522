/** The page of `npm run bench:gpu`: checks the products of both sides on one device, then times them in turns. */
import { decodeQ4_0 } from '../kernels/reference/q4_0.js';
import { matvec } from '../kernels/reference/matvec.js';
import { RandomNumbers } from '../src/cli/random-model/random-numbers.js';
import { RandomWords } from '../src/cli/random-model/random-words.js';
import { SttError } from '../src/errors.js';
import { requestGpu, type Ability, type Gpu } from '../src/gpu/device.js';
import { Kernels } from '../src/gpu/kernels.js';
import { storedBytes } from '../src/model/tensor-types.js';
import { BASELINE } from '../src/lm/webgpu/tuning.js';
import { choicesFor, describeChoice } from './bench-gpu-choices.js';
import { OurProducts, type Problem } from './bench-gpu-product.js';
import { timeInTurns, turn, type Contender } from './bench-gpu-rounds.js';
import { configureOrt, ortProduct, type OrtChoice, type OrtContender } from './onnx-session.js';

export interface Shape {
  readonly name: string;
  readonly N: number;
  readonly K: number;
}

export interface BenchOptions {
  readonly shapes: readonly Shape[];
  /** Path of ONNX Runtime's WebAssembly. */
  readonly ortWasm: string;
  /**
   * The fewest bytes of weights that a pass reads, in copies of the matrix: more than a GPU's caches hold, as for a
   * model. A software adapter computes far slower than it reads, so that 0, one copy, is enough.
   */
  readonly passBytes: { readonly hardware: number; readonly software: number };
  /** How many of our choices take part in the rounds beside the baseline: the fastest of a first test. */
  readonly finalists: number;
  /** How many of our choices are tried. */
  readonly mostChoices: number;
  readonly rounds: number;
  readonly turnMs: number;
}

export interface Entry {
  readonly name: string;
  readonly side: Contender['side'];
  /** Milliseconds of one product. */
  readonly ms: number;
  readonly leastMs: number;
  /** 10⁹ bytes of Q4_0 per second, at 18 bytes per 32 weights, whatever the layout of a side. */
  readonly gbps: number;
  /** The largest error over the root mean square of the reference. */
  readonly error: number;
}

export interface ShapeReport extends Shape {
  readonly copies: number;
  readonly entries: readonly Entry[];
}

export interface BenchReport {
  readonly adapter: string;
  readonly isSoftware: boolean;
  readonly abilities: readonly Ability[];
  readonly shapes: readonly ShapeReport[];
}

declare global {
  var benchGpu: (options: BenchOptions) => Promise<BenchReport>;
}

/** Enough passes that waiting for their end is negligible. */
const SIFT_PASSES = 20;

/**
 * The largest error over the root mean square that rounding explains: f32 sums of some thousand products; f16 with f16
 * sums; int8 activations, each off by up to 1/254 of the largest of its block.
 */
const TOLERANCE = { f32: 1e-4, f16: 0.02, dot8: 0.05 } as const;

globalThis.benchGpu = async (options) => {
  // The adapter's name and abilities as the product sees them.
  const gpu = await requestGpu(LIMITS);
  const { adapter, isSoftware, abilities } = gpu;
  gpu.close();
  const device = await openDevice();
  configureOrt(options.ortWasm);
  const kernels = new Kernels(device);
  const shapes: ShapeReport[] = [];
  const passBytes = options.passBytes[isSoftware ? 'software' : 'hardware'];
  for (const shape of options.shapes) {
    const problem = randomProblem(shape, passBytes);
    shapes.push({
      ...shape,
      copies: problem.copies,
      entries: await benchProblem(kernels, gpu, problem, options),
    });
    console.log(`${shape.name} ${shape.N}×${shape.K}: done`);
  }
  device.destroy();
  return { adapter, isSoftware, abilities: [...abilities], shapes };
};

const LIMITS = { maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 28 };

/** A device with every feature and limit of the adapter, by which ONNX Runtime picks its kernels. */
async function openDevice(): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new SttError('unsupported', 'WebGPU has no adapter');
  const requiredLimits: Record<string, number> = {};
  for (const limit in adapter.limits) {
    const value: unknown = Reflect.get(adapter.limits, limit);
    if (typeof value === 'number') requiredLimits[limit] = value;
  }
  return adapter.requestDevice({ requiredLimits, requiredFeatures: [...adapter.features] as GPUFeatureName[] });
}

async function benchProblem(
  kernels: Kernels,
  { abilities, isSoftware }: Pick<Gpu, 'abilities' | 'isSoftware'>,
  problem: Problem,
  options: BenchOptions,
): Promise<Entry[]> {
  const { N, K, raw, x, copies } = problem;
  const reference = matvec(decoded(problem), x, N, K);
  const { device } = kernels;
  const settled = (): Promise<unknown> => device.queue.onSubmittedWorkDone();
  const errors = new Map<Contender, number>();

  const products = new OurProducts(kernels, problem);
  const ours: Contender[] = [];
  for (const choice of choicesFor(abilities).slice(0, options.mostChoices)) {
    const contender = await products.contender(choice);
    errors.set(contender, await checkedError(contender, reference, TOLERANCE[choice.arithmetic]));
    ours.push(contender);
  }
  const theirs: OrtContender[] = [];
  for (const choice of ortChoices(abilities)) {
    const contender = await ortProduct(device, problem, choice);
    const tolerance = TOLERANCE[choice.accuracyLevel === 4 ? 'dot8' : choice.type];
    errors.set(contender, await checkedError(contender, reference, tolerance));
    theirs.push(contender);
  }
  console.log(`${ours.length} choices of ours and ${theirs.length} of ONNX Runtime's agree with the reference`);

  const finalists = await sift(ours, options.finalists, isSoftware ? 1 : SIFT_PASSES, settled);
  const contenders = [...finalists, ...theirs];
  const timings = await timeInTurns(contenders, { ...options, settled });
  for (const contender of theirs) await contender.close();
  products.close();
  return contenders.map((contender, i) => {
    const { median = NaN, least = NaN } = timings[i] ?? {};
    const { name, side } = contender;
    const ms = median / copies;
    const gbps = raw.length / ms / 1e6;
    return { name, side, ms, leastMs: least / copies, gbps, error: errors.get(contender) ?? NaN };
  });
}

/** Normal weights and activations, the same in every run. */
function randomProblem({ name, N, K }: Shape, passBytes: number): Problem {
  const numbers = new RandomNumbers();
  const words = new RandomWords(1, name);
  const spread = { mean: 0, std: 1 };
  const collect = (type: 'q4_0' | 'f32', count: number): Uint8Array<ArrayBuffer> => {
    const bytes = new Uint8Array(storedBytes(type, count));
    let at = 0;
    for (const chunk of numbers.chunks(type, count, spread, words)) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  };
  const raw = collect('q4_0', N * K);
  return {
    N,
    K,
    raw,
    x: new Float32Array(collect('f32', K).buffer),
    copies: Math.max(1, Math.ceil(passBytes / raw.length)),
  };
}

function decoded({ N, K, raw }: Problem): Float32Array {
  const W = new Float32Array(N * K);
  decodeQ4_0(raw, W);
  return W;
}

function ortChoices(abilities: ReadonlySet<Ability>): OrtChoice[] {
  const types = abilities.has('f16') ? (['f32', 'f16'] as const) : (['f32'] as const);
  return types.flatMap((type) => [{ type }, { type, accuracyLevel: 4 as const }]);
}

/** The error of a contender. Rejects above `most`: the time of a wrong product is meaningless. */
async function checkedError({ name, side, result }: Contender, reference: Float32Array, most: number): Promise<number> {
  const y = await result();
  const square = reference.reduce((sum, v) => sum + v * v, 0) / reference.length;
  const worst = y.reduce((max, v, n) => Math.max(max, Math.abs(v - (reference[n] ?? NaN))), 0);
  const error = worst / Math.sqrt(square);
  if (error <= most && y.length === reference.length) return error;
  throw new SttError('gpu-failed', `${side} ${name}: error is ${error} of the reference, expected at most ${most}`);
}

/** The baseline, the fastest in f32 and the fastest of all, by the better of two turns each. */
async function sift(
  candidates: readonly Contender[],
  finalists: number,
  passes: number,
  settled: () => Promise<unknown>,
): Promise<Contender[]> {
  const least = new Map<Contender, number>();
  for (const contender of [...candidates, ...candidates]) {
    least.set(contender, Math.min(await turn(contender, passes, { settled }), least.get(contender) ?? Infinity));
  }
  const ranked = [...least.keys()].sort((a, b) => (least.get(a) ?? 0) - (least.get(b) ?? 0));
  const baseline = ranked.filter(({ name }) => name === describeChoice(BASELINE));
  const exact = ranked.filter(({ name }) => name.startsWith('f32')).slice(0, 1);
  return [...new Set([...baseline, ...exact, ...ranked.slice(0, finalists)])];
}
