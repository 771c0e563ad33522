/** The backends of the language model, in the order `auto` tries them. A new backend is a new entry. */
import { SttError, type SttErrorCode } from '../errors.js';
import { adapterFacts, UNNAMED } from '../gpu/adapter.js';
import type { LanguageModel } from '../lm/language-model.js';
import { loadWasmLm } from '../lm/wasm/wasm-lm.js';
import { whyNotCompile } from '../lm/webgpu/compile-guard.js';
import { loadWebGpuLm } from '../lm/webgpu/webgpu-lm.js';
import { loadMimi } from '../mimi/mimi-wasm.js';
import type { Mimi } from '../mimi/mimi.js';
import type { SttConfig } from '../model/config.js';
import type { Model } from '../model/model.js';
import type { Backend, EngineInfo } from '../protocol/model.js';
import { createWasmHost, type WasmHost } from '../wasm/host.js';
import type { Helpers, Threads } from '../wasm/pool.js';
import { createMemory as createMemoryDefault, type CreateMemory } from '../wasm/reserve.js';
import { codecMemory, wasmLmMemory } from './memory-needs.js';
import { predictOnCpu, predictOnGpu, type Prediction } from './probe/probe.js';

interface LmBackend {
  readonly name: Backend;
  /** For messages: "The GPU …". */
  readonly label: string;
  /**
   * Why it cannot run a model at speed here, in a sentence; undefined if it can.
   * @param isAuto whether the backend is `auto`, which also avoids shaders that crashed the browser before
   */
  readonly whyNot: (isAuto: boolean) => Promise<string | undefined>;
  /** Failures of `load` after which `auto` tries the next backend. Any other failure would occur there too. */
  readonly fallsBackOn: ReadonlySet<SttErrorCode>;
  readonly load: (
    host: WasmHost,
    model: Model,
    mustRecord: BackendOptions['mustRecord'],
  ) => Promise<{ readonly lm: LanguageModel; readonly adapter?: string }>;
  /** Measures how fast a model of this size would run. */
  readonly predict: (config: SttConfig, options?: PredictOptions) => Promise<Prediction>;
  /** Bytes of WASM memory for each byte of a model's files, one stream included (docs/performance.md), by layout. */
  readonly memoryPerByte: { readonly own: number; readonly official: number };
  /** Bytes of WASM memory that the language model needs with one stream. */
  readonly lmMemory: (model: Model) => number;
}

const WEBGPU: LmBackend = {
  name: 'webgpu',
  label: 'GPU',
  whyNot: async (isAuto) => {
    try {
      const { name, isSoftware, implementation } = await adapterFacts();
      if (!isSoftware) return isAuto ? await whyNotCompile(implementation) : undefined;
      return `The only GPU is a software renderer${name === UNNAMED ? '' : `, ${name}`}`;
    } catch (cause) {
      return SttError.from(cause, 'The GPU did not answer', 'unsupported').message;
    }
  },
  fallsBackOn: new Set(['unsupported', 'gpu-limit-too-small', 'gpu-failed', 'gpu-device-lost', 'out-of-memory']),
  load: async (_host, model, mustRecord) => {
    const lm = await loadWebGpuLm(model, { mustRecord });
    return { lm, adapter: lm.adapter };
  },
  predict: (config, { mustRecord } = {}) => predictOnGpu(config, mustRecord),
  // Only the codec is in WebAssembly memory.
  memoryPerByte: { own: 0.33, official: 0.1 },
  lmMemory: () => 0,
};

const WASM: LmBackend = {
  name: 'wasm',
  label: 'CPU',
  // Every backend needs WASM for the codec, so there is nothing more to check.
  whyNot: () => Promise.resolve(undefined),
  fallsBackOn: new Set(),
  load: async (host, model) => ({ lm: await loadWasmLm(host, model, {}) }),
  predict: (config, { helpers } = {}) => predictOnCpu(config, helpers),
  // In the official layout bf16 stays bf16, and of the codec only the encoder is loaded.
  memoryPerByte: { own: 1.25, official: 1 },
  lmMemory: wasmLmMemory,
};

export const BACKENDS: readonly LmBackend[] = [WEBGPU, WASM];

/** The backend of last resort for `auto`. */
export const LAST_BACKEND: LmBackend = WASM;

export function backendNamed(name: Backend): LmBackend {
  return BACKENDS.find((backend) => backend.name === name) ?? LAST_BACKEND;
}

/** Bytes of WASM memory that a model needs, estimated from the size of its files. */
export function memoryForBytes(bytes: number, backend: Backend, layout?: string): number {
  const { own, official } = backendNamed(backend).memoryPerByte;
  return Math.ceil(bytes * (layout === 'official' ? official : own));
}

/** Approximate bytes of WASM memory for weights and one stream, reserved before loading. */
export function memoryForModel(model: Model, backend: Backend): number {
  return codecMemory(model) + backendNamed(backend).lmMemory(model);
}

/** As in `BackendOptions`. */
export type PredictOptions = Pick<BackendOptions, 'mustRecord' | 'helpers'>;

export interface BackendOptions {
  /** Where the language model runs; default `wasm`. */
  readonly backend?: Backend;
  /**
   * Whether a GPU compiles a shader only if storage can record it first, so that a browser crash is not repeated; default
   * false. For callers that did not name the GPU.
   */
  readonly mustRecord?: (() => boolean) | undefined;
  /** The WASM build; default: relaxed SIMD if the machine supports it. */
  readonly build?: EngineInfo['build'];
  /** Helper threads that share the CPU's work; default none. */
  readonly helpers?: Helpers | undefined;
  /** Creates WebAssembly memory; for tests. */
  readonly createMemory?: CreateMemory;
}

export interface Backends {
  readonly build: EngineInfo['build'];
  readonly mimi: Mimi;
  readonly lm: LanguageModel;
  /** The GPU's name or `unnamed GPU`, if the language model runs on a GPU. */
  readonly adapter?: string;
  /** Bytes of WASM memory in use. */
  readonly memoryBytes: () => number;
  /** Threads that the CPU's part runs on now. */
  readonly threads: () => Threads;
  /** Ends the helper threads. */
  readonly end: () => void;
}

/** Loads the codec in WASM and the language model on `backend`. Resolves once helper threads have started or failed. */
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
  return {
    build: host.build,
    mimi,
    memoryBytes: () => host.arena.bytes,
    threads: () => host.pool?.threads ?? { threads: 1, ...(fewerThreads !== undefined && { fewerThreads }) },
    end: () => host.pool?.stop(),
    ...(await backendNamed(backend).load(host, model, mustRecord)),
  };
}
