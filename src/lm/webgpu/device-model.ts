/** A model on one GPU device: weights, kernels and batches. When the device is lost, `webgpu-lm.ts` loads another. */
import { SttError } from '../../errors.js';
import { Buffers } from '../../gpu/buffers.js';
import { checked, requestGpu, type Gpu } from '../../gpu/device.js';
import { Kernels } from '../../gpu/kernels.js';
import type { Model } from '../../model/model.js';
import { Rotation } from '../../wasm/rotation.js';
import { Deferred } from '../deferred.js';
import { Batch, type BatchParts, type SlotUser } from './batch.js';
import { chooseTuning, plainTuning, type TuningOptions } from './choose-tuning.js';
import { guardCompiling } from './compile-guard.js';
import { planFused } from './fused-plan.js';
import { stepBytes, type GpuMeter } from './meter.js';
import { NO_PHRASES } from '../phrase-table.js';
import { prove } from './proof.js';
import { Samples } from './samples.js';
import type { TunerParts } from './tuner.js';
import { describeTuning, type Tuning } from './tuning.js';
import { planUnfused } from './unfused-plan.js';
import { loadGpuLmWeights, requiredLimits } from './weights.js';

export interface WebGpuLmOptions extends TuningOptions {
  /** `unfused` runs a dispatch per operation, as a reference for tests and benchmarks. Default `fused`. */
  readonly plan?: 'fused' | 'unfused';
  /** The type that keys and values are stored as; default `f16`. `f32` is for comparisons. */
  readonly ring?: 'f16' | 'f32';
  /** Whether to compile only after storage has recorded the attempt (`guardCompiling`). Default: no, as for a caller that asks for the GPU by name. */
  readonly mustRecord?: (() => boolean) | undefined;
  /** Bytes of weights queued for the GPU, and their total. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface DeviceModel {
  readonly gpu: Gpu;
  readonly weightBytes: number;
  readonly variant: string;
  readonly dispatches: number;
  readonly bytesPerStep: number;
  /** A batch with a free slot. */
  freeBatch(): Batch;
  flush(): void;
  close(): void;
}

/** Steps that are timed at load, submitted back to back: some browsers poll for results only ten times a second. */
const TIMED_STEPS = 8;

/**
 * Loads the weights and runs a step, so that kernels this GPU cannot compile fail at load.
 * `onBroken` is called when the result of a step was lost.
 */
export async function loadDeviceModel(
  model: Model,
  options: WebGpuLmOptions,
  meter: GpuMeter,
  onBroken: (error: SttError) => void,
): Promise<DeviceModel> {
  const config = model.config.lm;
  const { plan: name = 'fused', ring = 'f16' } = options;
  const gpu = await requestGpu(requiredLimits(model, config, ring));
  const failed = new Deferred<SttError>();
  const limitations: string[] = [];
  void gpu.lost.then((error) => failed.resolve(error));
  try {
    const memory = new Buffers(gpu.device, 'lm');
    const kernels = new Kernels(gpu.device, guardCompiling(gpu, options.mustRecord ?? (() => false)));
    const samples = new Samples(config);
    const weights = await checked(gpu.device, `${model.name}: weights`, () =>
      loadGpuLmWeights(memory, model, config, {
        onWindow: (...window) => samples.take(...window),
        ...(options.onProgress && { onProgress: options.onProgress }),
      }),
    );
    const gpuParts: TunerParts = { gpu, kernels, config, weights, ring };
    const tuning =
      name === 'fused'
        ? await chooseProvenTuning(gpuParts, options, samples, (reason) => limitations.push(reason))
        : await chooseTuning(gpuParts, { ...options, tuner: 'never' });
    const parts: BatchParts = {
      gpu,
      kernels,
      name: model.name,
      config,
      rotation: new Rotation(config.dim / config.numHeads, config.maxPeriod),
      meter,
      plan: (batchMemory, buffers) =>
        (name === 'fused' ? planFused : planUnfused)({ memory: batchMemory, config, weights, buffers, ring, tuning }),
      onBroken: (error) => {
        failed.resolve(error);
        onBroken(error);
      },
      onLimited: (reason) => limitations.push(reason),
    };
    const first = new Batch(parts);
    await checked(gpu.device, `${model.name}: kernels on the ${gpu.label}`, () => first.prepare());
    await runTrialSteps(first, gpu, model, 1, failed.promise);
    meter.begin(await runTrialSteps(first, gpu, model, gpu.isSoftware ? 1 : TIMED_STEPS, failed.promise));
    const batches = [first];
    return {
      gpu,
      weightBytes: memory.bytes,
      get variant() {
        return [name === 'fused' ? describeTuning(tuning) : 'unfused', ...limitations].join('; ');
      },
      dispatches: first.dispatches,
      bytesPerStep: stepBytes(weights) + first.ringBytes,
      freeBatch: () => {
        const free = batches.find((batch) => !batch.isFull);
        if (free) return free;
        const batch = new Batch(parts);
        batches.push(batch);
        batch.prepare().catch((cause: unknown) => {
          batches.splice(batches.indexOf(batch), 1);
          const error = SttError.from(cause, model.name, 'gpu-failed');
          // Without memory for more streams, those that run can continue.
          if (error.code === 'out-of-memory') batch.fail(error);
          else parts.onBroken(error);
        });
        return batch;
      },
      flush: () => {
        for (const batch of batches) batch.flush();
      },
      close: () => {
        for (const batch of batches) batch.close();
        gpu.close();
      },
    };
  } catch (cause) {
    gpu.close();
    throw SttError.from(cause, `${model.name} on the ${gpu.label}`, 'gpu-failed');
  }
}

/** Chooses a tuning whose numbers are right. Rejects with `gpu-failed` if those of the plain one are wrong, too. */
async function chooseProvenTuning(
  parts: TunerParts,
  options: TuningOptions,
  samples: Samples,
  onLimited: (reason: string) => void,
): Promise<Tuning> {
  const tuning = await chooseTuning(parts, options);
  const plain = plainTuning(parts.gpu);
  try {
    await prove({ ...parts, tuning }, samples);
    return tuning;
  } catch (cause) {
    const error = SttError.from(cause, 'The tuned kernels', 'gpu-failed');
    const isPlain = describeTuning(tuning) === describeTuning(plain);
    if (isPlain || options.variant !== undefined || error.code !== 'gpu-failed') throw error;
    await prove({ ...parts, tuning: plain }, samples);
    onLimited(`not tuned: ${error.message}`);
    return plain;
  }
}

/** Runs whole steps, so that a pipeline that fails late fails now. Resolves with the milliseconds of one step. */
async function runTrialSteps(
  batch: Batch,
  gpu: Gpu,
  { name, config }: Model,
  steps: number,
  failed: Promise<SttError>,
): Promise<number> {
  return checked(gpu.device, `${name}: the first steps on the ${gpu.label}`, async () => {
    const done = new Deferred<void>();
    let [taken, delivered] = [0, 0];
    const trial: SlotUser = {
      get hasStep() {
        return taken < steps;
      },
      forcedToken: 0,
      phrases: NO_PHRASES,
      node: 0,
      takeStep: (to, at) => {
        to.fill(0, at, at + config.lm.nQ);
        // Past the window, so that attention reads a full ring.
        return config.lm.context + taken++;
      },
      deliver: (result, at) => {
        const found = result.getUint32(at + 4, true);
        const expected = config.lm.context + ++delivered;
        if (found !== expected)
          done.reject(new SttError('gpu-failed', `The ${gpu.label} returned step ${found}, expected ${expected}`));
        else if (delivered === steps) done.resolve();
      },
      fail: (error) => done.reject(error),
    };
    batch.join(trial);
    const start = performance.now();
    batch.flush();
    await Promise.race([done.promise, failed.then((error) => Promise.reject(error))]);
    batch.leave(trial);
    return (performance.now() - start) / steps;
  });
}
