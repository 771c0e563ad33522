/** Mimi's encoder in WASM: encodes 80 ms of audio to one code per codebook, in one call for one or two streams. */
import { SttError } from '../errors.js';
import type { MimiConfig } from '../model/config.js';
import type { Model } from '../model/model.js';
import { Scratch } from '../wasm/state-blocks.js';
import type { WasmHost } from '../wasm/host.js';
import { PlanBuilder, type Plan } from '../wasm/plan.js';
import { Rotation } from '../wasm/rotation.js';
import { planEncoder, type EncoderLayout } from './encoder-plan.js';
import { MIMI_SLOTS } from './frame.js';
import type { Mimi, MimiStream } from './mimi.js';
import { WasmMimiStream } from './wasm-mimi-stream.js';
import { loadMimiWeights, type MimiWeights } from './weights.js';

/** Loads the codec's weights into the host's memory. Throws `model-mismatch`, `model-invalid` or `out-of-memory`. */
export async function loadMimi(host: WasmHost, model: Model): Promise<Mimi> {
  const config = model.config.mimi;
  const nQ = model.config.lm.nQ;
  if (nQ > config.quantizer.nQ) {
    throw new SttError(
      'model-mismatch',
      `${model.name}: the language model reads ${nQ} codebooks, the codec has ${config.quantizer.nQ}`,
    );
  }
  const { strides } = config.seanet;
  const hop = strides.reduce((product, stride) => product * stride, 1);
  const frameSize = hop * config.downsampleStride;
  const expected = config.sampleRate / config.frameRate;
  if (frameSize !== expected) {
    throw new SttError(
      'model-mismatch',
      `${model.name}: the codec's strides give frames of ${frameSize} samples, its rates ${expected}`,
    );
  }
  const weights = await loadMimiWeights(host, model, config, nQ);
  return new WasmMimi(host, config, nQ, frameSize, weights);
}

class WasmMimi implements Mimi {
  readonly config: MimiConfig;
  readonly frameSize: number;
  readonly slots = MIMI_SLOTS;
  readonly unusableCodes: number;
  readonly #host: WasmHost;
  readonly #rotation: Rotation;
  readonly #nQ: number;
  readonly #at: EncoderLayout;
  /** Plans for 1 … slots streams. */
  readonly #plans: readonly Plan[];

  constructor(host: WasmHost, config: MimiConfig, nQ: number, frameSize: number, weights: MimiWeights) {
    const { dim, numHeads, maxPeriod } = config.transformer;
    this.config = config;
    this.frameSize = frameSize;
    this.unusableCodes = weights.semantic.unusable + (weights.acoustic?.unusable ?? 0);
    this.#host = host;
    this.#nQ = nQ;
    this.#rotation = new Rotation(dim / numHeads, maxPeriod);
    const parts = { config, nQ, frameSize, weights, scratch: new Scratch(host, 'mimi') };
    const built = Array.from({ length: MIMI_SLOTS }, (_, i) => {
      const builder = new PlanBuilder();
      return { builder, at: planEncoder(builder, parts, i + 1) };
    });
    this.#plans = built.map(({ builder }) => builder.build(host, 'mimi plan'));
    // All plans use the same scratch buffers, and the same layout of a stream's state.
    this.#at = built[0]!.at;
  }

  open(): MimiStream {
    const { arena } = this.#host;
    return new WasmMimiStream(arena, this.#at.stateBytes, this.#nQ, this.config.seanet.dimension, (streams, frames) =>
      this.encodeBatch(streams, frames),
    );
  }

  encodeBatch(streams: readonly MimiStream[], frames: readonly Float32Array[]): void {
    const plan = this.#plans[streams.length - 1];
    if (!plan) throw new SttError('internal', `mimi: ${streams.length} streams, expected 1 … ${this.slots}`);
    for (let slot = 0; slot < streams.length; slot++) this.#bind(plan, slot, streams[slot], frames[slot]);
    plan.run();
    for (let slot = 0; slot < streams.length; slot++) this.#readBack(slot, streams[slot]);
  }

  #bind(plan: Plan, slot: number, stream: MimiStream | undefined, pcm: Float32Array | undefined): void {
    if (!(stream instanceof WasmMimiStream) || !stream.isOpen)
      throw new SttError('invalid-state', 'mimi: the stream is closed');
    const { frameSize } = this;
    if (pcm?.length !== frameSize)
      throw new SttError('invalid-argument', `mimi: a frame of ${pcm?.length ?? 0} samples, expected ${frameSize}`);
    const { f32, u32 } = this.#host.arena;
    const at = this.#at;
    const { dim, numHeads } = this.config.transformer;
    const D = dim / numHeads;
    plan.bindSlot(slot, stream.state);
    f32.set(pcm, at.pcm / 4 + slot * frameSize);
    for (let r = 0; r < at.T; r++) {
      this.#rotation.write(f32, at.angles / 4 + (slot * at.T + r) * D, stream.position + r);
    }
    u32[at.positions / 4 + slot] = stream.position;
  }

  #readBack(slot: number, stream: MimiStream | undefined): void {
    if (!(stream instanceof WasmMimiStream)) return;
    const { f32, u32 } = this.#host.arena;
    const { codes, latent } = stream;
    const at = this.#at;
    stream.position += at.T;
    const first = at.codes / 4 + slot * codes.length;
    for (let q = 0; q < codes.length; q++) codes[q] = u32[first + q] ?? 0;
    const from = at.latents / 4 + slot * latent.length;
    for (let i = 0; i < latent.length; i++) latent[i] = f32[from + i] ?? 0;
  }

  dispose(): void {
    // The weights are freed with the host's memory.
  }
}
