/** Loads a model's weights where they run. */
import { loadWasmLm } from '../lm/wasm/wasm-lm.js';
import { loadWebGpuLm } from '../lm/webgpu/webgpu-lm.js';
import type { LanguageModel } from '../lm/language-model.js';
import { loadMimi } from '../mimi/mimi-wasm.js';
import type { Mimi } from '../mimi/mimi.js';
import type { Model } from '../model/model.js';
import type { Backend, EngineInfo } from '../protocol/model.js';
import { createWasmHost, type WasmHost } from '../wasm/host.js';
import type { Helpers, Threads } from '../wasm/pool.js';
import { createMemory as createMemoryDefault, type CreateMemory } from '../wasm/reserve.js';
import { memoryForModel } from './memory-needs.js';

export interface BackendOptions {
  /** Where the language model runs; default `wasm`. */
  readonly backend?: Backend;
  /**
   * Whether a GPU may compile only what storage can record first, so that a crash of the browser is not repeated; default
   * no. For callers that did not ask for the GPU by name.
   */
  readonly mustRecord?: (() => boolean) | undefined;
  /** Which WASM build; default the relaxed-SIMD one where the machine runs it. */
  readonly build?: EngineInfo['build'];
  /** Threads that share the CPU's work; default none. */
  readonly helpers?: Helpers | undefined;
  /** How WebAssembly memory is made; for tests. */
  readonly createMemory?: CreateMemory;
}

export interface Backends {
  readonly build: EngineInfo['build'];
  readonly mimi: Mimi;
  readonly lm: LanguageModel;
  /** The GPU's name, or `unnamed GPU`, where the language model runs on one. */
  readonly adapter?: string;
  /** Bytes of WASM memory in use. */
  readonly memoryBytes: () => number;
  /** Threads the CPU's part runs on now. */
  readonly threads: () => Threads;
  /** Ends the threads that helped. */
  readonly end: () => void;
}

/** The codec always runs in WASM; the language model on `backend`. Helpers have started, or been given up, once it resolves. */
export async function loadBackends(model: Model, options: BackendOptions): Promise<Backends> {
  const { backend = 'wasm', build, helpers, mustRecord, createMemory = createMemoryDefault } = options;
  const host = await createWasmHost({ build, helpers, createMemory, reserveBytes: memoryForModel(model, backend) });
  try {
    const loaded = await load(host, model, backend, mustRecord);
    await host.pool?.started;
    return loaded;
  } catch (cause) {
    host.pool?.stop();
    throw cause;
  }
}

async function load(
  host: WasmHost,
  model: Model,
  backend: Backend,
  mustRecord: BackendOptions['mustRecord'],
): Promise<Backends> {
  const { fewerThreads } = host;
  const mimi = await loadMimi(host, model);
  const common = {
    build: host.build,
    mimi,
    memoryBytes: () => host.arena.bytes,
    threads: () => host.pool?.threads ?? { threads: 1, ...(fewerThreads !== undefined && { fewerThreads }) },
    end: () => host.pool?.stop(),
  };
  if (backend === 'webgpu') {
    const lm = await loadWebGpuLm(model, { mustRecord });
    return { ...common, lm, adapter: lm.adapter };
  }
  return { ...common, lm: await loadWasmLm(host, model, {}) };
}
