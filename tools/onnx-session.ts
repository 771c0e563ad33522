/** ONNX Runtime's MatMulNBits as a contender: a session on our device, whose input and outputs stay on the GPU. */
import { env, InferenceSession, Tensor } from 'onnxruntime-web/webgpu';
import { f16ToF32, f32ToF16 } from '../kernels/reference/f16.js';
import { Buffers } from '../src/gpu/buffers.js';
import type { Problem } from './bench-gpu-product.js';
import type { Contender } from './bench-gpu-rounds.js';
import { INPUT, nBitsModel, outputName } from './onnx-model.js';
import { toNBits } from './onnx-q4.js';

/** A variant of MatMulNBits: the type of activations and scales, and whether it may compute in int8. */
export interface OrtChoice {
  readonly type: 'f32' | 'f16';
  readonly accuracyLevel?: 4;
}

/** `f32`, `f16 accuracy 4`. */
export function describeOrtChoice({ type, accuracyLevel }: OrtChoice): string {
  return `${type}${accuracyLevel ? ` accuracy ${accuracyLevel}` : ''}`;
}

/** Sets the path of the runtime's WebAssembly; called before the first session. */
export function configureOrt(wasm: string): void {
  env.wasm.wasmPaths = { wasm };
  env.wasm.numThreads = 1; // threads need a cross-origin isolated page and do not matter for GPU work
  env.logLevel = 'error';
}

export interface OrtContender extends Contender {
  readonly close: () => Promise<void>;
}

/**
 * A session whose commands are captured by the first run and replayed by later runs, so that kernels are timed and not
 * the runtime's traversal of nodes. Rejects where a node would run on the CPU.
 */
export async function ortProduct(device: GPUDevice, problem: Problem, choice: OrtChoice): Promise<OrtContender> {
  const { N, K, raw, x, copies } = problem;
  const { type, accuracyLevel } = choice;
  const session = await InferenceSession.create(
    nBitsModel({ N, K, copies, type, accuracyLevel, weights: toNBits(raw, type) }),
    {
      executionProviders: [{ name: 'webgpu', device, validationMode: 'wgpuOnly' }],
      // The copies are equal, so an optimiser would compute only one.
      graphOptimizationLevel: 'disabled',
      enableGraphCapture: true,
      preferredOutputLocation: 'gpu-buffer',
      extra: { session: { disable_cpu_ep_fallback: '1' } },
    },
  );
  const memory = new Buffers(device, 'theirs');
  const input = memory.upload('x', type === 'f32' ? x : Uint16Array.from(x, f32ToF16));
  const dataType = ({ f32: 'float32', f16: 'float16' } as const)[type];
  const feeds = { [INPUT]: Tensor.fromGpuBuffer(input, { dataType, dims: [1, K] }) };

  /** Every run returns new tensors to dispose of, over the buffers of the first run. */
  async function run(read?: (outputs: readonly GPUBuffer[]) => Promise<void> | void): Promise<void> {
    const results = await session.run(feeds);
    const outputs = Array.from({ length: copies }, (_, i) => results[outputName(i)]);
    await read?.(outputs.flatMap((output) => output?.gpuBuffer ?? []));
    for (const output of outputs) output?.dispose();
  }

  async function result(): Promise<Float32Array> {
    // Outputs that the next run does not compute stay zero.
    await run((outputs) => clear(device, outputs));
    let words = new ArrayBuffer();
    await run(async (outputs) => {
      words = await lastOf(memory, outputs);
    });
    return type === 'f32' ? new Float32Array(words, 0, N) : Float32Array.from(new Uint16Array(words, 0, N), f16ToF32);
  }

  return {
    name: describeOrtChoice(choice),
    side: 'theirs',
    pass: () => run(),
    result,
    close: async () => {
      await session.release();
      memory.destroy();
    },
  };
}

function clear(device: GPUDevice, buffers: readonly GPUBuffer[]): void {
  const encoder = device.createCommandEncoder();
  for (const buffer of buffers) encoder.clearBuffer(buffer);
  device.queue.submit([encoder.finish()]);
}

async function lastOf(memory: Buffers, outputs: readonly GPUBuffer[]): Promise<ArrayBuffer> {
  const last = outputs.at(-1);
  if (!last) return new ArrayBuffer();
  const read = memory.readBack('result', last.size);
  const encoder = memory.device.createCommandEncoder();
  encoder.copyBufferToBuffer(last, 0, read, 0, last.size);
  memory.device.queue.submit([encoder.finish()]);
  await read.mapAsync(GPUMapMode.READ);
  const words = read.getMappedRange().slice(0);
  memory.release(read);
  return words;
}
