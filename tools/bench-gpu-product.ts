/** Our Q4_0 product as a contender: the fused plan's `linear_add` with any of the tuner's choices, over copies of a matrix. */
import { Buffers } from '../src/gpu/buffers.js';
import { checked } from '../src/gpu/device.js';
import { encode, type Call, type Kernels } from '../src/gpu/kernels.js';
import { splitPlanes } from '../src/gpu/planes.js';
import { productParts, type Choice } from '../src/lm/webgpu/tuning.js';
import { describeChoice } from './bench-gpu-choices.js';
import type { Contender } from './bench-gpu-rounds.js';

export interface Problem {
  readonly N: number;
  readonly K: number;
  /** [N, K/32] blocks of 18 bytes, as in a GGUF. */
  readonly raw: Uint8Array<ArrayBuffer>;
  /** [K] */
  readonly x: Float32Array<ArrayBuffer>;
  /** Copies of the weights in memory; a pass multiplies by each copy once. */
  readonly copies: number;
}

/** Weights and activations in GPU memory, for contenders of every choice. */
export class OurProducts {
  readonly #kernels: Kernels;
  readonly #memory: Buffers;
  readonly #problem: Problem;
  readonly #weights: readonly (readonly GPUBuffer[])[];
  readonly #outputs: readonly GPUBuffer[];
  readonly #input: GPUBuffer;

  constructor(kernels: Kernels, problem: Problem) {
    this.#kernels = kernels;
    this.#problem = problem;
    this.#memory = new Buffers(kernels.device, 'ours');
    const { N, raw, x, copies } = problem;
    const { quants, scales } = splitPlanes(raw, 'q4_0');
    const each = Array.from({ length: copies }, (_, i) => i);
    this.#weights = each.map((i) => [
      this.#memory.upload(`quants ${i}`, quants),
      this.#memory.upload(`scales ${i}`, scales),
    ]);
    this.#outputs = each.map((i) => this.#memory.storage(`y ${i}`, N * 4));
    this.#input = this.#memory.upload('x', x);
  }

  /** Compiles a contender; rejects with the compiler's errors. */
  async contender(choice: Choice): Promise<Contender> {
    const { device } = this.#kernels;
    const calls = this.#weights.map((weights, i) => this.#call(choice, weights, this.#outputs[i]));
    const dispatches = await checked(device, describeChoice(choice), async () => {
      await this.#kernels.compile(calls);
      return calls.map((call) => this.#kernels.dispatch(call));
    });
    return {
      name: describeChoice(choice),
      side: 'ours',
      pass: () => {
        const encoder = device.createCommandEncoder();
        encode(encoder, dispatches);
        device.queue.submit([encoder.finish()]);
      },
      result: () => this.#result(dispatches),
    };
  }

  close(): void {
    this.#memory.destroy();
  }

  #call({ arithmetic, fold, lanes, rows }: Choice, weights: readonly GPUBuffer[], output?: GPUBuffer): Call {
    const { N, K } = this.#problem;
    return {
      name: 'linear_add',
      parts: [`fold_${fold}`, ...productParts('q4_0', arithmetic), 'rows'],
      constants: { K4: K / 4, LANES: lanes, ROWS: rows, BATCH: 1, COUNT: rows, N, X: N },
      buffers: output ? [this.#input, output] : [this.#input],
      weights,
      groups: [Math.ceil(N / rows)],
    };
  }

  /** The product of the last copy. The kernel adds to its output, so that is cleared first. */
  async #result(dispatches: Parameters<typeof encode>[1]): Promise<Float32Array> {
    const { device } = this.#kernels;
    const last = this.#outputs.at(-1);
    if (!last) return new Float32Array();
    const read = this.#memory.readBack('result', last.size);
    const encoder = device.createCommandEncoder();
    encoder.clearBuffer(last);
    encode(encoder, dispatches);
    encoder.copyBufferToBuffer(last, 0, read, 0, last.size);
    device.queue.submit([encoder.finish()]);
    await read.mapAsync(GPUMapMode.READ);
    const y = new Float32Array(read.getMappedRange().slice(0), 0, this.#problem.N);
    this.#memory.release(read);
    return y;
  }
}
