/** Loads a model's weights where they run. */
import { loadWasmLm } from '../lm/wasm/wasm-lm.js';
import { loadWebGpuLm } from '../lm/webgpu/webgpu-lm.js';
import type { LanguageModel } from '../lm/language-model.js';
import { loadMimi } from '../mimi/mimi-wasm.js';
import type { Mimi } from '../mimi/mimi.js';
import type { Model } from '../model/model.js';
import type { Backend, EngineInfo } from '../protocol/messages.js';
import { createWasmHost } from '../wasm/host.js';

export interface BackendOptions {
  /** Where the language model runs; default `wasm`. */
  readonly backend?: Backend;
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

/** The codec always runs in WASM; the language model on `backend`. */
export async function loadBackends(model: Model, { backend = 'wasm', build }: BackendOptions): Promise<Backends> {
  const host = await createWasmHost(build ? { build } : {});
  const mimi = await loadMimi(host, model);
  const common = { build: host.build, mimi, memoryBytes: () => host.arena.bytes };
  if (backend === 'webgpu') {
    const lm = await loadWebGpuLm(model);
    return { ...common, lm, adapter: lm.adapter };
  }
  return { ...common, lm: await loadWasmLm(host, model, {}) };
}
