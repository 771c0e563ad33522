/** A list of dispatches and copies that runs in one submit, and whose copies are read back together. */
import type { Buffers } from './buffers.js';
import { encode, type Dispatch } from './kernels.js';

export class Script {
  readonly #commands: ((encoder: GPUCommandEncoder, kept: GPUBuffer) => void)[] = [];
  #words = 0;

  /** Runs `dispatches` in one pass. */
  run(dispatches: readonly Dispatch[]): void {
    this.#commands.push((encoder) => encode(encoder, dispatches));
  }

  copy(from: GPUBuffer, at: number, to: GPUBuffer, words: number): void {
    this.#commands.push((encoder) => encoder.copyBufferToBuffer(from, at * 4, to, 0, words * 4));
  }

  /** Keeps `words` of a buffer, from word `at`, as they are now. */
  keep(buffer: GPUBuffer, words: number, at = 0): void {
    const to = this.#words;
    this.#words += words;
    this.#commands.push((encoder, kept) => encoder.copyBufferToBuffer(buffer, at * 4, kept, to * 4, words * 4));
  }

  /** Runs everything and resolves with all words kept, in order. */
  async play(memory: Buffers): Promise<ArrayBuffer> {
    const { device } = memory;
    const kept = memory.readBack('kept', this.#words * 4);
    const encoder = device.createCommandEncoder();
    for (const command of this.#commands) command(encoder, kept);
    device.queue.submit([encoder.finish()]);
    await kept.mapAsync(GPUMapMode.READ);
    return kept.getMappedRange().slice(0);
  }
}
