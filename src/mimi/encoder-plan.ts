/** The plan of one frame: the kernel calls that encode samples to codes, for one or two streams. */
import type { MimiConfig } from '../model/config.js';
import { StateLayout, type Scratch } from '../wasm/state-blocks.js';
import type { PlanBuilder } from '../wasm/plan.js';
import { Frame, MIMI_SLOTS } from './frame.js';
import { planDownsample, planQuantizer } from './quantizer.js';
import { planSeanet } from './seanet.js';
import { planTransformer } from './transformer.js';
import type { MimiWeights } from './weights.js';

/** Pointers to a frame's inputs and outputs, and the size of a stream's state. */
export interface EncoderLayout {
  /** [slots, frameSize] f32, written by the host before each frame. */
  readonly pcm: number;
  /** 25 Hz steps of a frame. */
  readonly T: number;
  /** [slots, T, D/2, 2] f32, written by the host before each frame. */
  readonly angles: number;
  /** [slots] u32: steps before this frame, written by the host. */
  readonly positions: number;
  /** [slots, dimension] f32 */
  readonly latents: number;
  /** [slots, nQ] u32 */
  readonly codes: number;
  /** Bytes of one stream's state. */
  readonly stateBytes: number;
}

/** What the plan depends on. */
interface EncoderParts {
  readonly config: MimiConfig;
  readonly nQ: number;
  readonly frameSize: number;
  readonly weights: MimiWeights;
  readonly scratch: Scratch;
}

/** Appends the calls for the streams in the first `slots` slots. */
export function planEncoder(plan: PlanBuilder, parts: EncoderParts, slots: number): EncoderLayout {
  const { config, weights, scratch, frameSize, nQ } = parts;
  const { transformer, downsampleStride, quantizer, seanet } = config;
  const state = StateLayout.ofSlot(0);
  const first = new Frame(plan, scratch, state);
  const others = Array.from(
    { length: slots - 1 },
    (_, i) => new Frame(plan, scratch.forBranch(i + 1), StateLayout.ofSlot(i + 1)),
  );
  const frames = [first, ...others] as const;

  const pcm = first.perSlot('pcm', frameSize);
  const positions = scratch.f32('positions', MIMI_SLOTS);
  const latents = first.perSlot('latents', seanet.dimension);
  const codes = first.perSlot('codes', nQ);
  const { x, T } = planSeanet(frames, weights, pcm, frameSize);
  const angles = first.perSlot('angles', T * (transformer.dim / transformer.numHeads));
  planTransformer(frames, weights, transformer, x, T, angles, positions);
  planDownsample(frames, weights, downsampleStride, x, transformer.dim, positions, latents);
  planQuantizer(frames, weights, quantizer, { latents, codes });
  return { pcm, T, angles, positions, latents, codes, stateBytes: state.bytes };
}
