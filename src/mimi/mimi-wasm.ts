/** Mimi's encoder in WASM: 80 ms of sound to one code per codebook, one call per frame. */
import { SttError } from '../errors.js';
import type { MimiConfig } from '../model/config.js';
import type { Model } from '../model/model.js';
import { Scratch, StateLayout } from '../wasm/blocks.js';
import type { WasmHost } from '../wasm/host.js';
import { PlanBuilder, type Plan } from '../wasm/plan.js';
import { Rotation } from '../wasm/rotation.js';
import { Frame } from './frame.js';
import type { Mimi, MimiStream } from './mimi.js';
import { planDownsample, planQuantizer } from './quantizer.js';
import { planSeanet } from './seanet.js';
import { planTransformer } from './transformer.js';
import { loadMimiWeights, type MimiWeights } from './weights.js';

/** What `WasmMimiStream` needs of the codec it belongs to. */
interface Codec {
  readonly host: WasmHost;
  readonly config: MimiConfig;
  readonly nQ: number;
  readonly frameSize: number;
  readonly weights: MimiWeights;
  readonly scratch: Scratch;
  readonly rotation: Rotation;
}

/** Pointers of one stream. */
interface Layout {
  readonly pcm: number;
  /** [T, D/2, 2] f32 */
  readonly angles: number;
  readonly T: number;
  readonly position: number;
  readonly latent: number;
  readonly codes: number;
}

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
      `${model.name}: the codec's strides make frames of ${frameSize} samples, its rates say ${expected}`,
    );
  }
  const weights = await loadMimiWeights(host, model, config, nQ);
  const { dim, numHeads, maxPeriod } = config.transformer;
  const codec: Codec = {
    host,
    config,
    nQ,
    frameSize,
    weights,
    scratch: new Scratch(host, 'mimi'),
    rotation: new Rotation(dim / numHeads, maxPeriod),
  };
  // A dry run measures one stream's state and allocates the shared scratch.
  const measure = new StateLayout(0);
  planFrame(codec, new PlanBuilder(), measure);
  return {
    config,
    frameSize,
    open: () => new WasmMimiStream(codec, measure.bytes),
    // Weights live as long as their memory: dropping the host drops them.
    dispose: () => {},
  };
}

/** Writes the calls of one frame. */
function planFrame(codec: Codec, plan: PlanBuilder, state: StateLayout): Layout {
  const { config, weights, scratch, frameSize } = codec;
  const { transformer, downsampleStride, quantizer, seanet } = config;
  const frame = new Frame(plan, scratch, state);
  const position = state.words(1);
  const latent = state.words(seanet.dimension);
  const codes = state.words(codec.nQ);
  const pcm = scratch.f32('pcm', frameSize);
  const { x, T } = planSeanet(frame, weights, pcm, frameSize);
  const angles = scratch.f32('angles', T * (transformer.dim / transformer.numHeads));
  planTransformer(frame, weights, transformer, x, T, angles, position);
  planDownsample(frame, weights, downsampleStride, x, transformer.dim, position, latent);
  planQuantizer(frame, weights, quantizer, { latent, codes });
  return { pcm, angles, T, position, latent, codes };
}

class WasmMimiStream implements MimiStream {
  readonly #codec: Codec;
  readonly #state: number;
  readonly #bytes: number;
  readonly #plan: Plan;
  readonly #at: Layout;
  readonly #codes: Uint32Array<ArrayBuffer>;
  readonly latent: Float32Array<ArrayBuffer>;
  #position = 0;
  #isOpen = true;

  constructor(codec: Codec, bytes: number) {
    this.#codec = codec;
    this.#bytes = bytes;
    this.#state = codec.host.arena.alloc(bytes, 'mimi stream');
    const builder = new PlanBuilder();
    this.#at = planFrame(codec, builder, new StateLayout(this.#state));
    this.#plan = builder.build(codec.host, 'mimi plan');
    this.#codes = new Uint32Array(codec.nQ);
    this.latent = new Float32Array(codec.config.seanet.dimension);
  }

  encode(pcm: Float32Array): Uint32Array {
    const { host, frameSize, rotation, config } = this.#codec;
    if (!this.#isOpen) throw new SttError('invalid-state', 'mimi: the stream is closed');
    if (pcm.length !== frameSize)
      throw new SttError('invalid-argument', `mimi: a frame of ${pcm.length} samples, expected ${frameSize}`);
    const at = this.#at;
    const { f32, u32 } = host.arena;
    f32.set(pcm, at.pcm / 4);
    const D = config.transformer.dim / config.transformer.numHeads;
    for (let r = 0; r < at.T; r++) rotation.write(f32, at.angles / 4 + r * D, this.#position + r);
    u32[at.position / 4] = this.#position;
    this.#plan.run();
    this.#position += at.T;
    for (let q = 0; q < this.#codes.length; q++) this.#codes[q] = u32[at.codes / 4 + q] ?? 0;
    for (let i = 0; i < this.latent.length; i++) this.latent[i] = f32[at.latent / 4 + i] ?? 0;
    return this.#codes;
  }

  reset(): void {
    this.#position = 0;
    this.#codec.host.arena.u8.fill(0, this.#state, this.#state + this.#bytes);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#plan.release();
    this.#codec.host.arena.release(this.#state, this.#bytes);
  }
}
