/** The language model on the CPU: one WASM call per step, greedy, any dims, any of the four weight types. */
import { SttError } from '../../errors.js';
import type { LmConfig } from '../../model/config.js';
import type { Model } from '../../model/model.js';
import { Scratch, StateLayout } from '../../wasm/blocks.js';
import type { WasmHost } from '../../wasm/host.js';
import { PlanBuilder, type Plan } from '../../wasm/plan.js';
import { Rotation } from '../../wasm/rotation.js';
import type { LanguageModel, LmResult, LmStream } from '../language-model.js';
import { planStep, type StepLayout } from './step-plan.js';
import { loadLmWeights, type LmWeights } from './weights.js';

export interface WasmLmOptions {
  /**
   * Decodes every weight to f32 and keeps activations in f32: the yardstick the int8 products are measured
   * against. Needs the memory of an f32 model. Default false.
   */
  readonly exact?: boolean;
}

/** What argmax writes where no logit is a finite number. */
const NO_TOKEN = 0xffff_ffff;

interface Weights {
  readonly host: WasmHost;
  readonly name: string;
  readonly config: LmConfig;
  readonly weights: LmWeights;
  readonly scratch: Scratch;
  readonly rotation: Rotation;
}

/** A `LanguageModel` whose streams also show what a trace wants to see. */
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
  const lm: Weights = {
    host,
    name: model.name,
    config,
    weights: await loadLmWeights(host, model, config, options.exact ?? false),
    scratch: new Scratch(host, 'lm'),
    rotation: new Rotation(config.dim / config.numHeads, config.maxPeriod),
  };
  // A dry run measures one stream's state and allocates the shared scratch.
  const measure = new StateLayout(0);
  planStep(new PlanBuilder(), lm.scratch, measure, config, lm.weights);
  return {
    backend: 'wasm',
    config,
    open: (sink) => new WasmLmStream(lm, measure.bytes, sink),
    // A step runs when it is pushed.
    flush: () => {},
    // Weights live as long as their memory: dropping the host drops them.
    dispose: () => {},
  };
}

export class WasmLmStream implements LmStream {
  readonly #lm: Weights;
  readonly #state: number;
  readonly #bytes: number;
  readonly #plan: Plan;
  readonly #at: StepLayout;
  readonly #sink: (result: LmResult) => void;
  readonly #result: { step: number; token: number; probability: number; pause: Float32Array<ArrayBuffer> };
  #steps = 0;
  #isOpen = true;

  constructor(lm: Weights, bytes: number, sink: (result: LmResult) => void) {
    this.#lm = lm;
    this.#bytes = bytes;
    this.#sink = sink;
    this.#state = lm.host.arena.alloc(bytes, 'lm stream');
    const builder = new PlanBuilder();
    this.#at = planStep(builder, lm.scratch, new StateLayout(this.#state), lm.config, lm.weights);
    this.#plan = builder.build(lm.host, 'lm plan');
    this.#result = { step: 0, token: 0, probability: 0, pause: new Float32Array(lm.config.pauseHeads) };
    this.reset();
  }

  get steps(): number {
    return this.#steps;
  }

  get pending(): number {
    return 0;
  }

  /** [V] f32: the last step's logits, a copy. */
  get logits(): Float32Array {
    return this.#floats(this.#at.logits, this.#lm.config.textCard);
  }

  /** [heads, classes] f32: the last step's pause heads in full, a copy. */
  get pauseClasses(): Float32Array {
    return this.#floats(this.#at.pause, this.#lm.config.pauseHeads * this.#lm.config.pauseClasses);
  }

  push(codes: Uint32Array | null): void {
    const { host, config, rotation, name } = this.#lm;
    if (!this.#isOpen) throw new SttError('invalid-state', 'lm: the stream is closed');
    if (codes && codes.length !== config.nQ) {
      throw new SttError('invalid-argument', `lm: a step of ${codes.length} codes, expected ${config.nQ}`);
    }
    const at = this.#at;
    const { u32, f32 } = host.arena;
    for (let q = 0; q < config.nQ; q++) u32[at.codes / 4 + q] = codes ? (codes[q] ?? 0) : config.card;
    u32[at.position / 4] = this.#steps;
    rotation.write(f32, at.rotation / 4, this.#steps);
    this.#plan.run();

    const result = this.#result;
    result.step = this.#steps++;
    result.token = u32[at.token / 4] ?? NO_TOKEN;
    result.probability = f32[at.token / 4 + 1] ?? 0;
    if (result.token === NO_TOKEN) {
      throw new SttError('model-invalid', `${name}: step ${result.step} gives no finite logit`);
    }
    for (let i = 0; i < result.pause.length; i++) result.pause[i] = f32[at.pause / 4 + i * config.pauseClasses] ?? 0;
    this.#sink(result);
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }

  reset(): void {
    // The KV ring need not be cleared: a step reads only the rows written since step 0.
    this.#steps = 0;
    this.#lm.host.arena.u32[this.#at.token / 4] = this.#lm.config.textCard;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#plan.release();
    this.#lm.host.arena.release(this.#state, this.#bytes);
  }

  #floats(pointer: number, length: number): Float32Array {
    return this.#lm.host.arena.f32.slice(pointer / 4, pointer / 4 + length);
  }
}
