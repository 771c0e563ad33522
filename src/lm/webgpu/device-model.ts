/** A model on one device: weights, kernels and banks. When the device is lost another generation takes its place. */
import { SttError } from '../../errors.js';
import { Buffers } from '../../gpu/buffers.js';
import { checked, requestGpu, type Gpu } from '../../gpu/device.js';
import { Kernels } from '../../gpu/kernels.js';
import type { Model } from '../../model/model.js';
import { Rotation } from '../../wasm/rotation.js';
import { Batch, type BatchMember, type BatchParts } from './batch.js';
import { planFused } from './fused-plan.js';
import { chooseTuning, type TuningOptions } from './choose-tuning.js';
import { guardCompiling } from './compile-guard.js';
import { Deferred } from '../deferred.js';
import { stepBytes, type GpuMeter } from './meter.js';
import { describeTuning } from './tuning.js';
import { planUnfused } from './unfused-plan.js';
import { loadGpuLmWeights, requiredLimits } from './weights.js';

export interface WebGpuLmOptions extends TuningOptions {
  /** `unfused` is the yardstick: a dispatch per operation. Default `fused`. */
  readonly plan?: 'fused' | 'unfused';
  /** What the fused plan keeps keys and values as; default `f16`. `f32` is for comparisons. */
  readonly ring?: 'f16' | 'f32';
  /** Whether to compile only what storage can record first (`guardCompiling`); default no, as for a caller that names the GPU. */
  readonly mustRecord?: (() => boolean) | undefined;
  /** Bytes of weights on their way to the GPU, and of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface DeviceModel {
  readonly gpu: Gpu;
  readonly weightBytes: number;
  readonly variant: string;
  readonly dispatches: number;
  readonly bytesPerStep: number;
  /** A bank with a free seat. */
  seat(): Batch;
  flush(): void;
  close(): void;
}

/** Steps that say what one costs: back to back, because some browsers look for results but ten times a second. */
const TIMED_STEPS = 8;

/**
 * Loads the weights and runs a step, so that whatever this GPU cannot compile fails here and not in silence.
 * `broken` is called when a step's result does not come back.
 */
export async function loadDeviceModel(
  model: Model,
  options: WebGpuLmOptions,
  meter: GpuMeter,
  broken: (error: SttError) => void,
): Promise<DeviceModel> {
  const config = model.config.lm;
  const { plan: name = 'fused', ring = 'f16' } = options;
  const gpu = await requestGpu(requiredLimits(model, config, ring));
  const failed = new Deferred<SttError>();
  const limits: string[] = [];
  void gpu.lost.then((error) => failed.resolve(error));
  try {
    const memory = new Buffers(gpu.device, 'lm');
    const kernels = new Kernels(gpu.device, guardCompiling(gpu, options.mustRecord ?? (() => false)));
    const weights = await checked(gpu.device, `${model.name}: weights`, () =>
      loadGpuLmWeights(memory, model, config, options.onProgress ? { onProgress: options.onProgress } : {}),
    );
    const tuning = await chooseTuning(
      { gpu, kernels, config, weights, ring },
      name === 'fused' ? options : { ...options, tuner: 'never' },
    );
    const parts: BatchParts = {
      gpu,
      kernels,
      name: model.name,
      config,
      rotation: new Rotation(config.dim / config.numHeads, config.maxPeriod),
      meter,
      plan: (bankMemory, buffers) =>
        (name === 'fused' ? planFused : planUnfused)({ memory: bankMemory, config, weights, buffers, ring, tuning }),
      broken: (error) => {
        failed.resolve(error);
        broken(error);
      },
      limited: (what) => limits.push(what),
    };
    const first = new Batch(parts);
    await checked(gpu.device, `${model.name}: kernels on the ${gpu.label}`, () => first.prepare());
    await warmUp(first, gpu, model, 1, failed.promise);
    meter.begin(await warmUp(first, gpu, model, gpu.isSoftware ? 1 : TIMED_STEPS, failed.promise));
    const banks = [first];
    return {
      gpu,
      weightBytes: memory.bytes,
      get variant() {
        return [name === 'fused' ? describeTuning(tuning) : 'unfused', ...limits].join('; ');
      },
      dispatches: first.dispatches,
      bytesPerStep: stepBytes(weights) + first.ringBytes,
      seat: () => {
        const free = banks.find((bank) => !bank.isFull);
        if (free) return free;
        const bank = new Batch(parts);
        banks.push(bank);
        bank.prepare().catch((cause: unknown) => {
          // No memory for more streams is no reason to stop those that run.
          banks.splice(banks.indexOf(bank), 1);
          const error = SttError.from(cause, model.name, 'gpu-failed');
          if (error.code === 'out-of-memory') bank.giveUp(error);
          else parts.broken(error);
        });
        return bank;
      },
      flush: () => {
        for (const bank of banks) bank.flush();
      },
      close: () => {
        for (const bank of banks) bank.close();
        gpu.close();
      },
    };
  } catch (cause) {
    gpu.close();
    throw SttError.from(cause, `${model.name} on the ${gpu.label}`, 'gpu-failed');
  }
}

/**
 * Whole steps, and the milliseconds of one. A pipeline that fails late fails now; a step that answers nothing is not a
 * model.
 */
async function warmUp(
  bank: Batch,
  gpu: Gpu,
  { name, config }: Model,
  steps: number,
  failed: Promise<SttError>,
): Promise<number> {
  return checked(gpu.device, `${name}: the first steps on the ${gpu.label}`, async () => {
    const answered = new Deferred<void>();
    let [taken, delivered] = [0, 0];
    const stream: BatchMember = {
      get hasStep() {
        return taken < steps;
      },
      forcedToken: 0,
      takeStep: (to, at) => {
        to.fill(0, at, at + config.lm.nQ);
        // Past the window, so that attention has all it will ever have.
        return config.lm.context + taken++;
      },
      deliver: () => {
        if (++delivered === steps) answered.resolve();
      },
      fail: (error) => answered.reject(error),
    };
    bank.join(stream);
    const start = performance.now();
    bank.flush();
    await Promise.race([answered.promise, failed.then((error) => Promise.reject(error))]);
    bank.leave(stream);
    return (performance.now() - start) / steps;
  });
}
