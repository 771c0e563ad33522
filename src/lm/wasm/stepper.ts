/** Runs one step of up to four streams together: every weight is read once for all of them. */
import type { LmConfig } from '../../model/config.js';
import { Scratch } from '../../wasm/state-blocks.js';
import type { WasmHost } from '../../wasm/host.js';
import { PlanBuilder, type Plan } from '../../wasm/plan.js';
import { Rotation } from '../../wasm/rotation.js';
import type { Rings } from './rings.js';
import { planStep, stepBuffers, type StepLayout } from './step-plan.js';
import type { LmWeights } from './weights.js';

/** Streams of one step at most. */
export const SEATS = 4;

/** A stream as a step sees it. */
export interface Seated {
  /** Where its rings lie. */
  readonly rings: number;
  /** The step it is at, from 0. */
  readonly position: number;
  /** The token of the step before, `textCard` at first. */
  readonly token: number;
  /** Copies the codes of its next step to `to` [K] from index `at`. */
  takeCodes(to: Uint32Array, at: number): void;
  /** The step has run; its results lie in seat `seat`. */
  deliver(seat: number): void;
}

export class Stepper {
  readonly #host: WasmHost;
  readonly #config: LmConfig;
  readonly #rotation: Rotation;
  readonly #at: StepLayout;
  /** Of 1 … SEATS streams. */
  readonly #plans: readonly Plan[];

  constructor(host: WasmHost, config: LmConfig, weights: LmWeights, rings: Rings) {
    this.#host = host;
    this.#config = config;
    this.#rotation = new Rotation(config.dim / config.numHeads, config.maxPeriod);
    const buffers = stepBuffers(new Scratch(host, 'lm'), config, SEATS);
    this.#at = buffers;
    this.#plans = Array.from({ length: SEATS }, (_, r) => {
      const builder = new PlanBuilder();
      planStep(builder, buffers, config, weights, rings, r + 1);
      return builder.build(host, 'lm plan');
    });
  }

  /** The next step of each of `streams`, 1 … SEATS of them; none is told yet. */
  run(streams: readonly Seated[]): void {
    const { codes, seats, token, rotation } = this.#at;
    const { nQ, dim, numHeads } = this.#config;
    const { u32, f32 } = this.#host.arena;
    for (let r = 0; r < streams.length; r++) {
      const stream = streams[r]!;
      stream.takeCodes(u32, codes / 4 + r * nQ);
      u32[seats / 4 + 2 * r] = stream.rings;
      u32[seats / 4 + 2 * r + 1] = stream.position;
      u32[token / 4 + 2 * r] = stream.token;
      this.#rotation.write(f32, rotation / 4 + (r * dim) / numHeads, stream.position);
    }
    this.#plans[streams.length - 1]!.run();
  }

  /** The token of seat `seat`, 2³² − 1 where no logit is a finite number. */
  token(seat: number): number {
    return this.#host.arena.u32[this.#at.token / 4 + 2 * seat]!;
  }

  probability(seat: number): number {
    return this.#host.arena.f32[this.#at.token / 4 + 2 * seat + 1]!;
  }

  /** Probability `c` of seat `seat`, of [heads · classes]. */
  pause(seat: number, c: number): number {
    const { pauseHeads, pauseClasses } = this.#config;
    return this.#host.arena.f32[this.#at.pause / 4 + seat * pauseHeads * pauseClasses + c]!;
  }

  /** [V] f32: the logits of seat `seat`, a copy. */
  logits(seat: number): Float32Array {
    const { textCard } = this.#config;
    const from = this.#at.logits / 4 + seat * textCard;
    return this.#host.arena.f32.slice(from, from + textCard);
  }
}
