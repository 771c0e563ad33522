/** Runs single WGSL kernels on a real device (a software adapter here) and reads their outputs. */
import { Buffers } from '../../../src/gpu/buffers.js';
import { checked, requestGpu, type Gpu } from '../../../src/gpu/device.js';
import { encode, Kernels, type Call } from '../../../src/gpu/kernels.js';

const DEFAULTS = { maxStorageBufferBindingSize: 128 * 1024 * 1024, maxBufferSize: 256 * 1024 * 1024 };

export class Bench {
  readonly gpu: Gpu;
  readonly #kernels: Kernels;
  readonly memory: Buffers;

  private constructor(gpu: Gpu) {
    this.gpu = gpu;
    this.#kernels = new Kernels(gpu.device);
    this.memory = new Buffers(gpu.device, 'test');
  }

  static async open(): Promise<Bench> {
    return new Bench(await requestGpu(DEFAULTS));
  }

  put(data: ArrayBufferView): GPUBuffer {
    return this.memory.upload('input', data);
  }

  room(floats: number): GPUBuffer {
    return this.memory.storage('output', floats * 4);
  }

  /** Dispatches one call; rejects with the GPU's errors. */
  async run(call: Call): Promise<void> {
    const { device } = this.gpu;
    await checked(device, call.name, () => {
      const encoder = device.createCommandEncoder();
      encode(encoder, [this.#kernels.dispatch(call)]);
      device.queue.submit([encoder.finish()]);
    });
  }

  async words(buffer: GPUBuffer): Promise<Uint32Array> {
    const { device } = this.gpu;
    const copy = this.memory.readBack('copy', buffer.size);
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
    device.queue.submit([encoder.finish()]);
    await copy.mapAsync(GPUMapMode.READ);
    return new Uint32Array(copy.getMappedRange().slice(0));
  }

  async floats(buffer: GPUBuffer, count: number): Promise<Float32Array> {
    return new Float32Array((await this.words(buffer)).buffer, 0, count);
  }

  close(): void {
    this.memory.destroy();
    this.gpu.device.destroy();
  }
}
