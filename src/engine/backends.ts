/** Picks the backend a model runs on and loads its weights there. */
import { SttError } from '../errors.js';
import { loadWasmLm } from '../lm/wasm/wasm-lm.js';
import type { LanguageModel } from '../lm/language-model.js';
import { loadMimi } from '../mimi/mimi-wasm.js';
import type { Mimi } from '../mimi/mimi.js';
import type { Model } from '../model/model.js';
import type { Backend, EngineInfo } from '../protocol/messages.js';
import { createWasmHost } from '../wasm/host.js';

export interface BackendOptions {
  /** Where the language model runs; default `auto`: the best one this machine has. */
  readonly backend?: Backend | 'auto';
  /** Which WASM build; default the relaxed-SIMD one where the machine runs it. */
  readonly build?: EngineInfo['build'];
}

export interface Backends {
  readonly build: EngineInfo['build'];
  readonly mimi: Mimi;
  readonly lm: LanguageModel;
  /** Bytes of WASM memory in use. */
  readonly memoryBytes: () => number;
}

/** The codec always runs in WASM; the language model where `backend` says. */
export async function loadBackends(model: Model, options: BackendOptions): Promise<Backends> {
  const { backend = 'auto', build } = options;
  if (backend === 'webgpu') {
    throw new SttError('unsupported', 'the webgpu backend is not part of this version: ask for wasm or auto');
  }
  const host = await createWasmHost(build ? { build } : {});
  const mimi = await loadMimi(host, model);
  const lm = await loadWasmLm(host, model, {});
  return { build: host.build, mimi, lm, memoryBytes: () => host.arena.bytes };
}
