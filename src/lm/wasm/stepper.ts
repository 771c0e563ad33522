/** Runs one step of up to four streams together, so that every weight is read once for all of them. */
import type { LmConfig } from '../../model/config.js';
import { Scratch } from '../../wasm/state-blocks.js';
import type { WasmHost } from '../../wasm/host.js';
import { PlanBuilder, type Plan } from '../../wasm/plan.js';
import { Rotation } from '../../wasm/rotation.js';
import type { MatrixInputs } from './matrix-inputs.js';
import type { Rings } from './rings.js';
import { planStep, stepBuffers, type StepLayout } from './step-plan.js';
import type { LmWeights } from './weights.js';

/** The most streams of one step. */
export const MAX_SLOTS = 4;

/** What occupies a slot of a step: a stream. */
export interface SlotUser {
  /** Address of its rings. */
  readonly rings: number;
  /** The next step, from 0. */
  readonly position: number;
  /** The token of the previous step; `textCard` before the first. */
  readonly token: number;
  /** Copies the codes of the next step to `to` [K] from index `at`. */
  takeCodes(to: Uint32Array, at: number): void;
  /** Called when the step has run, with the slot of its results. */
  deliver(slot: number): void;
}

export class Stepper {
  readonly #host: WasmHost;
  readonly #config: LmConfig;
  readonly #rotation: Rotation;
  readonly #at: StepLayout;
  /** Plans for steps of 1 … MAX_SLOTS streams. */
  readonly #plans: readonly Plan[];

  constructor(host: WasmHost, config: LmConfig, weights: LmWeights, rings: Rings, inputs?: MatrixInputs) {
    this.#host = host;
    this.#config = config;
    this.#rotation = new Rotation(config.dim / config.numHeads, config.maxPeriod);
    const buffers = stepBuffers(new Scratch(host, 'lm'), config, MAX_SLOTS);
    this.#at = buffers;
    this.#plans = Array.from({ length: MAX_SLOTS }, (_, r) => {
      const builder = new PlanBuilder();
      planStep(builder, buffers, config, weights, rings, r + 1, inputs);
      return builder.build(host, 'lm plan');
    });
  }

  /** Runs the next step of each of `streams`, 1 … MAX_SLOTS of them; the caller delivers the results. */
  run(streams: readonly SlotUser[]): void {
    const { codes, slots, token, rotation } = this.#at;
    const { nQ, dim, numHeads } = this.#config;
    const { u32, f32 } = this.#host.arena;
    for (let r = 0; r < streams.length; r++) {
      const stream = streams[r]!;
      stream.takeCodes(u32, codes / 4 + r * nQ);
      u32[slots / 4 + 2 * r] = stream.rings;
      u32[slots / 4 + 2 * r + 1] = stream.position;
      u32[token / 4 + 2 * r] = stream.token;
      this.#rotation.write(f32, rotation / 4 + (r * dim) / numHeads, stream.position);
    }
    this.#plans[streams.length - 1]!.run();
  }

  /** The token in slot `slot`; 2³² − 1 where no logit is a finite number. */
  token(slot: number): number {
    return this.#host.arena.u32[this.#at.token / 4 + 2 * slot]!;
  }

  probability(slot: number): number {
    return this.#host.arena.f32[this.#at.token / 4 + 2 * slot + 1]!;
  }

  /** Pause probability `c`, of [heads · classes], in slot `slot`. */
  pause(slot: number, c: number): number {
    const { pauseHeads, pauseClasses } = this.#config;
    return this.#host.arena.f32[this.#at.pause / 4 + slot * pauseHeads * pauseClasses + c]!;
  }

  /** [V] f32: the logits in slot `slot`, a copy. */
  logits(slot: number): Float32Array {
    return this.logitsView(slot).slice();
  }

  /** [V] f32: the same in place; the next step overwrites it. */
  logitsView(slot: number): Float32Array {
    const { textCard } = this.#config;
    const from = this.#at.logits / 4 + slot * textCard;
    return this.#host.arena.f32.subarray(from, from + textCard);
  }
}
