/** The language model on a GPU: one submit per step, the token stays there, results come back when they do. */
import { SttError } from '../../errors.js';
import { Buffers } from '../../gpu/buffers.js';
import { checked, requestGpu, type Gpu } from '../../gpu/device.js';
import { Kernels } from '../../gpu/kernels.js';
import type { LmConfig } from '../../model/config.js';
import type { Model } from '../../model/model.js';
import { Rotation } from '../../wasm/rotation.js';
import type { LanguageModel, LmResult } from '../language-model.js';
import { gpuNeeds } from './needs.js';
import { loadGpuLmWeights, type GpuLmWeights } from './weights.js';
import { WebGpuLmStream } from './webgpu-stream.js';

/** What a stream needs of the model it belongs to. */
export interface GpuLm {
  readonly gpu: Gpu;
  readonly kernels: Kernels;
  readonly name: string;
  readonly config: LmConfig;
  readonly weights: GpuLmWeights;
  readonly rotation: Rotation;
}

/** A `LanguageModel` that says what it runs on, and whose streams show what a trace wants to see. */
export interface WebGpuLanguageModel extends LanguageModel {
  readonly adapter: string;
  readonly isSoftware: boolean;
  /** Bytes of weights on the GPU. */
  readonly weightBytes: number;
  open(sink: (result: LmResult) => void): WebGpuLmStream;
}

/**
 * Loads the weights and runs one step, so that whatever this GPU cannot compile fails here and not in silence.
 * Rejects with `unsupported`, `gpu-limit-too-small`, `gpu-failed` or `out-of-memory`.
 */
export async function loadWebGpuLm(model: Model): Promise<WebGpuLanguageModel> {
  const config = model.config.lm;
  const gpu = await requestGpu(gpuNeeds(model, config));
  const memory = new Buffers(gpu.device, 'lm');
  const kernels = new Kernels(gpu.device);
  try {
    const weights = await checked(gpu.device, `${model.name}: weights`, () => loadGpuLmWeights(memory, model, config));
    const rotation = new Rotation(config.dim / config.numHeads, config.maxPeriod);
    const lm: GpuLm = { gpu, kernels, name: model.name, config, weights, rotation };
    await warmUp(lm);
    return {
      backend: 'webgpu',
      config,
      lost: gpu.lost,
      adapter: gpu.adapter,
      isSoftware: gpu.isSoftware,
      weightBytes: memory.bytes,
      open: (sink) => new WebGpuLmStream(lm, sink),
      flush: () => {},
      dispose: () => gpu.device.destroy(),
    };
  } catch (cause) {
    gpu.device.destroy();
    throw cause;
  }
}

/** One whole step. A pipeline that fails late fails now; a step that answers nothing is not a model. */
async function warmUp(lm: GpuLm): Promise<void> {
  const answers: number[] = [];
  await checked(lm.gpu.device, `${lm.name}: the first step on ${lm.gpu.adapter}`, async () => {
    const stream = new WebGpuLmStream(lm, ({ token }) => answers.push(token));
    stream.push(null);
    await stream.settled();
    stream.close();
  });
  if (answers.length === 0) {
    throw new SttError('gpu-failed', `${lm.name}: the first step on ${lm.gpu.adapter} gave no answer`);
  }
}
