/** Picks the backend a model runs on and loads its weights there. */
import { loadWasmLm } from '../lm/wasm/wasm-lm.js';
import { loadWebGpuLm } from '../lm/webgpu/webgpu-lm.js';
import type { LanguageModel } from '../lm/language-model.js';
import { loadMimi } from '../mimi/mimi-wasm.js';
import type { Mimi } from '../mimi/mimi.js';
import type { Model } from '../model/model.js';
import type { Backend, EngineInfo } from '../protocol/messages.js';
import { createWasmHost } from '../wasm/host.js';

export interface BackendOptions {
  /** Where the language model runs; default `auto`, see `backendFor`. */
  readonly backend?: Backend | 'auto';
  /** Which WASM build; default the relaxed-SIMD one where the machine runs it. */
  readonly build?: EngineInfo['build'];
}

export interface Backends {
  readonly build: EngineInfo['build'];
  readonly mimi: Mimi;
  readonly lm: LanguageModel;
  /** The GPU's name, where the language model runs on one. */
  readonly adapter?: string;
  /** Bytes of WASM memory in use. */
  readonly memoryBytes: () => number;
}

/**
 * Where the language model runs when `wish` is asked for. `auto` is wasm until the two are measured against each other
 * at load: a GPU that is slower than this CPU is common, and an adapter's name does not tell.
 */
export function backendFor(wish: Backend | 'auto'): Backend {
  return wish === 'auto' ? 'wasm' : wish;
}

/** The codec always runs in WASM; the language model where `backend` says. */
export async function loadBackends(model: Model, options: BackendOptions): Promise<Backends> {
  const { backend = 'auto', build } = options;
  const host = await createWasmHost(build ? { build } : {});
  const mimi = await loadMimi(host, model);
  const common = { build: host.build, mimi, memoryBytes: () => host.arena.bytes };
  if (backendFor(backend) === 'webgpu') {
    const lm = await loadWebGpuLm(model);
    return { ...common, lm, adapter: lm.adapter };
  }
  return { ...common, lm: await loadWasmLm(host, model, {}) };
}
