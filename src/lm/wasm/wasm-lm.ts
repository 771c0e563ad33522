/** The language model on the CPU: greedy, any dims, any weight type, one WASM call for a step of up to four streams. */
import type { LmConfig } from '../../model/config.js';
import type { Model } from '../../model/model.js';
import { isQuantised } from '../../model/tensor-types.js';
import type { WasmHost } from '../../wasm/host.js';
import type { LanguageModel, LmResult } from '../language-model.js';
import type { MatrixInputs } from './matrix-inputs.js';
import { layOutRings, type Rings } from './rings.js';
import { MAX_SLOTS, Stepper } from './stepper.js';
import { WasmLmStream, type StreamHost } from './wasm-stream.js';
import { loadLmWeights } from './weights.js';

export type { WasmLmStream } from './wasm-stream.js';

export interface WasmLmOptions {
  /**
   * Decodes every weight to f32 and keeps activations, keys and values in f32, as a reference for the rounded products.
   * Needs the memory of an f32 model. Default false.
   */
  readonly exact?: boolean;
  /** Records what the matrices are multiplied with. */
  readonly inputs?: MatrixInputs;
}

/** A `LanguageModel` whose streams expose what a trace records. */
export interface WasmLanguageModel extends LanguageModel {
  open(sink: (result: LmResult) => void): WasmLmStream;
}

/** Loads the language model's weights into the host's memory. Throws `model-mismatch`, `model-invalid` or `out-of-memory`. */
export async function loadWasmLm(
  host: WasmHost,
  model: Model,
  options: WasmLmOptions = {},
): Promise<WasmLanguageModel> {
  const config = model.config.lm;
  const weights = await loadLmWeights(host, model, config, options.exact ?? false);
  // Where activations are rounded, keys and values may be too: their error is far smaller.
  const rings = layOutRings(config, isQuantised(weights.head.type));
  return new WasmLm(host, model.name, config, new Stepper(host, config, weights, rings, options.inputs), rings);
}

class WasmLm implements WasmLanguageModel, StreamHost {
  readonly backend = 'wasm';
  readonly name: string;
  readonly config: LmConfig;
  readonly stepper: Stepper;
  readonly #host: WasmHost;
  readonly #rings: Rings;
  readonly #streams = new Set<WasmLmStream>();
  readonly #slots: WasmLmStream[] = [];
  #flushing = false;

  constructor(host: WasmHost, name: string, config: LmConfig, stepper: Stepper, rings: Rings) {
    this.#host = host;
    this.name = name;
    this.config = config;
    this.stepper = stepper;
    this.#rings = rings;
  }

  open(sink: (result: LmResult) => void): WasmLmStream {
    const stream = new WasmLmStream(this, this.#host.arena.alloc(this.#rings.bytes, 'lm stream'), sink);
    this.#streams.add(stream);
    return stream;
  }

  streamClosed(stream: WasmLmStream): void {
    this.#streams.delete(stream);
    this.#host.arena.release(stream.rings, this.#rings.bytes);
  }

  /** Runs rounds of one step per stream. A call from a sink returns; the flush that called the sink continues. */
  flush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    try {
      let rounds = 0;
      for (const stream of this.#streams) if (stream.hasStep) rounds = Math.max(rounds, stream.pending);
      for (; rounds > 0; rounds--) this.#round();
    } finally {
      this.#slots.length = 0;
      this.#flushing = false;
    }
  }

  #round(): void {
    const slots = this.#slots;
    for (const stream of this.#streams) {
      if (!stream.hasStep) continue;
      slots.push(stream);
      if (slots.length === MAX_SLOTS) this.#step();
    }
    if (slots.length > 0) this.#step();
  }

  #step(): void {
    const slots = this.#slots;
    this.stepper.run(slots);
    const failures: unknown[] = [];
    for (const [slot, stream] of slots.entries()) {
      try {
        stream.deliver(slot);
      } catch (cause) {
        failures.push(cause);
      }
    }
    slots.length = 0;
    if (failures.length > 0) throw failures[0];
  }

  dispose(): void {
    // The weights are in the host's memory and are freed with it.
  }
}
