/** Measures a slice of a model with random weights, to predict its speed before it is downloaded. */
import { loadWasmLm } from '../../lm/wasm/wasm-lm.js';
import { loadWebGpuLm } from '../../lm/webgpu/webgpu-lm.js';
import { loadMimi } from '../../mimi/mimi-wasm.js';
import type { SttConfig } from '../../model/config.js';
import { createWasmHost } from '../../wasm/host.js';
import type { Backend } from '../../protocol/model.js';
import { madeUpModel } from './made-up-model.js';
import { emptyStepBytes, frameMacs, stepBytes } from './work.js';

export interface Prediction {
  readonly backend: Backend;
  /** Milliseconds of one frame of the codec, and of one step of the language model at a full window. */
  readonly frameMs: number;
  readonly stepMs: number;
  /** Share of real time: below 1 it keeps up. */
  readonly rtf: number;
}

/** Of the codec's convolutions half the channels: preparing all of them takes longer than timing them. */
const CHANNELS = 1 / 2;
/** Two layers are more than a processor's cache holds, so that they are read from memory as all of them will be. */
const LAYERS = 2;
const TEXT_CARD = 512;
const CODEC_LAYERS = 1;
const CODEBOOKS = 2;
/** Milliseconds for timing each: WebAssembly begins in a quick, unoptimised form and has to get out of it. */
const BUDGET_MS = 80;
const LEAST_RUNS = 6;

/** What is timed of a model. */
function sliceOf({ lm, mimi }: SttConfig): SttConfig {
  return {
    lm: { ...lm, nQ: 1, card: 31, textCard: TEXT_CARD, numLayers: LAYERS, pauseHeads: 0, pauseClasses: 0 },
    mimi: {
      ...mimi,
      seanet: { ...mimi.seanet, nFilters: mimi.seanet.nFilters * CHANNELS },
      transformer: { ...mimi.transformer, numLayers: CODEC_LAYERS },
      quantizer: { ...mimi.quantizer, nQ: CODEBOOKS, bins: mimi.quantizer.bins },
    },
  };
}

/** On the CPU; some 0.4 s of one core. Rejects with `unsupported` or `out-of-memory`. */
export async function predictOnCpu(config: SttConfig): Promise<Prediction> {
  const frameMs = await predictFrame(config);
  const slice = sliceOf(config);
  const host = await createWasmHost();
  const lm = await loadWasmLm(host, madeUpModel(slice));
  const stream = lm.open(() => undefined);
  const codes = new Uint32Array(slice.lm.nQ);
  const ms = timed(() => {
    stream.push(codes);
    lm.flush();
  });
  lm.dispose();
  const stepMs = (ms * stepBytes(config.lm)) / emptyStepBytes(slice.lm);
  return { backend: 'wasm', frameMs, stepMs, rtf: ((frameMs + stepMs) * config.mimi.frameRate) / 1000 };
}

/** On the GPU, with the codec on the CPU. Rejects as `loadWebGpuLm` does, which says what `mustRecord` means. */
export async function predictOnGpu(config: SttConfig, mustRecord?: () => boolean): Promise<Prediction> {
  const slice = sliceOf(config);
  const lm = await loadWebGpuLm(madeUpModel(slice), { tuner: 'never', mustRecord });
  const { stepMs: ms } = lm.gpu();
  lm.dispose();
  const frameMs = await predictFrame(config);
  const stepMs = (ms * stepBytes(config.lm)) / stepBytes(slice.lm);
  // The two run side by side.
  return { backend: 'webgpu', frameMs, stepMs, rtf: (Math.max(frameMs, stepMs) * config.mimi.frameRate) / 1000 };
}

async function predictFrame(config: SttConfig): Promise<number> {
  const slice = sliceOf(config);
  const host = await createWasmHost();
  const mimi = await loadMimi(host, madeUpModel({ ...slice, lm: { ...slice.lm, nQ: CODEBOOKS } }));
  const stream = mimi.open();
  const pcm = Float32Array.from({ length: mimi.frameSize }, (_, i) => Math.sin(i / 7) / 4);
  const ms = timed(() => stream.encode(pcm));
  mimi.dispose();
  return (ms * frameMacs(config.mimi)) / frameMacs(slice.mimi);
}

/**
 * Milliseconds of one run: of the second half, by when the code is in its final form, one that three of eight are quicker than.
 * What else the machine is doing just now makes single runs many times as long, and will not last as a stream does.
 */
function timed(run: () => void): number {
  const times: number[] = [];
  const end = performance.now() + BUDGET_MS;
  while (times.length < LEAST_RUNS || performance.now() < end) {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  }
  const late = times.slice(Math.floor(times.length / 2)).sort((a, b) => a - b);
  return late[Math.floor((late.length * 3) / 8)] ?? 0;
}
