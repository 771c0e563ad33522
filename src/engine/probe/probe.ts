/** Predicts a model's speed before its download, by timing a slice with synthetic weights. */
import { loadWasmLm } from '../../lm/wasm/wasm-lm.js';
import { loadWebGpuLm } from '../../lm/webgpu/webgpu-lm.js';
import { loadMimi } from '../../mimi/mimi-wasm.js';
import type { SttConfig } from '../../model/config.js';
import { createWasmHost, type WasmHost } from '../../wasm/host.js';
import type { Helpers } from '../../wasm/pool.js';
import type { Backend } from '../../protocol/model.js';
import { madeUpModel } from './made-up-model.js';
import { emptyStepBytes, frameMacs, stepBytes } from './work.js';

export interface Prediction {
  readonly backend: Backend;
  /** Milliseconds per frame of the codec, and per step of the language model at a full window. */
  readonly frameMs: number;
  readonly stepMs: number;
  /** Real-time factor: below 1 the model keeps up. */
  readonly rtf: number;
}

/** Share of the codec's convolution channels: preparing all of them takes longer than timing them. */
const CHANNELS = 1 / 2;
/** Two layers exceed a processor's cache, so that weights are read from memory as in the whole model. */
const LAYERS = 2;
const TEXT_CARD = 512;
const CODEC_LAYERS = 1;
const CODEBOOKS = 2;
/** Milliseconds to time each part: long enough for WebAssembly to be recompiled with optimisations. */
const BUDGET_MS = 80;
const LEAST_RUNS = 6;

/** The slice of a model that is timed. */
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

/**
 * Predicts for the CPU; takes about 0.4 s of one core. Rejects with `unsupported` or `out-of-memory`.
 * @param helpers threads that would share the work; default none
 */
export async function predictOnCpu(config: SttConfig, helpers?: Helpers): Promise<Prediction> {
  const frameMs = await predictFrame(config, helpers);
  const slice = sliceOf(config);
  const ms = await withHost(helpers, async (host) => {
    const lm = await loadWasmLm(host, madeUpModel(slice));
    const stream = lm.open(() => undefined);
    const codes = new Uint32Array(slice.lm.nQ);
    const ms = timed(() => {
      stream.push(codes);
      lm.flush();
    });
    lm.dispose();
    return ms;
  });
  const stepMs = (ms * stepBytes(config.lm)) / emptyStepBytes(slice.lm);
  return predictionOf('wasm', frameMs, stepMs, config);
}

/** Predicts for the GPU, with the codec on the CPU. Rejects like `loadWebGpuLm`, which documents `mustRecord`. */
export async function predictOnGpu(config: SttConfig, mustRecord?: () => boolean): Promise<Prediction> {
  const slice = sliceOf(config);
  const lm = await loadWebGpuLm(madeUpModel(slice), { tuner: 'never', mustRecord });
  const { stepMs: ms } = lm.gpu();
  lm.dispose();
  const frameMs = await predictFrame(config);
  const stepMs = (ms * stepBytes(config.lm)) / stepBytes(slice.lm);
  return predictionOf('webgpu', frameMs, stepMs, config);
}

/** A GPU runs the language model beside the codec on the CPU. */
export function predictionOf(backend: Backend, frameMs: number, stepMs: number, { mimi }: SttConfig): Prediction {
  const ms = backend === 'webgpu' ? Math.max(frameMs, stepMs) : frameMs + stepMs;
  return { backend, frameMs, stepMs, rtf: (ms * mimi.frameRate) / 1000 };
}

async function predictFrame(config: SttConfig, helpers?: Helpers): Promise<number> {
  const slice = sliceOf(config);
  const ms = await withHost(helpers, async (host) => {
    const mimi = await loadMimi(host, madeUpModel({ ...slice, lm: { ...slice.lm, nQ: CODEBOOKS } }));
    const stream = mimi.open();
    const pcm = Float32Array.from({ length: mimi.frameSize }, (_, i) => Math.sin(i / 7) / 4);
    const ms = timed(() => stream.encode(pcm));
    mimi.dispose();
    return ms;
  });
  return (ms * frameMacs(config.mimi)) / frameMacs(slice.mimi);
}

/** Calls `use` with a host whose helpers have started, and ends them. */
async function withHost<T>(helpers: Helpers | undefined, use: (host: WasmHost) => Promise<T>): Promise<T> {
  const host = await createWasmHost({ helpers });
  try {
    await host.pool?.started;
    return await use(host);
  } finally {
    host.pool?.stop();
  }
}

/**
 * Milliseconds of one run: the 3/8 quantile of the second half of the runs, when the code is optimised. Other work on the
 * machine makes single runs many times longer, so a mean would be too high.
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
