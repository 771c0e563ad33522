/** Picks the build of the kernels this machine can run, and instantiates it over a memory of ours. */
import { SttError } from '../errors.js';
import { Arena } from './arena.js';
import { codeOf, supportedBuilds, type WasmBuild } from './builds.js';
import type { KernelExports } from './ops.js';
import { Pool, type Helpers } from './pool.js';
import { createMemory, growableMemory, PAGE_BYTES, sharedMemory, type CreateMemory } from './reserve.js';
import { computesKnownAnswer } from './self-test.js';
import { withSharedMemory } from './shared-module.js';

export { supportedBuilds, type WasmBuild };

export interface WasmHost {
  readonly build: WasmBuild;
  readonly kernels: KernelExports;
  readonly arena: Arena;
  /** Other threads that share the work of plans; undefined where there are to be none. */
  readonly pool?: Pool;
  /** Why there is no pool although helpers were given. */
  readonly fewerThreads?: string;
}

export interface WasmHostOptions {
  /** Default: `relaxed` where the machine has it, else `simd`. */
  readonly build?: WasmBuild | undefined;
  /** Threads to share the work with; default none. */
  readonly helpers?: Helpers | undefined;
  /**
   * About how many bytes will be used. Reserving them at once takes no physical memory, and saves an engine that cannot grow in
   * place from copying all of it each time: docs/decisions/0021.
   */
  readonly reserveBytes?: number;
  /** How memory is made; for tests. */
  readonly createMemory?: CreateMemory;
}

/** The module's own data (constant tables) ends below this; the rest of memory is the arena's. */
const ARENA_BASE = 65_536;

/**
 * Instantiates the kernels in the best build that computes a known answer. Throws `unsupported` where the machine
 * has no WebAssembly SIMD, or cannot run the build asked for, and `out-of-memory`.
 */
export async function createWasmHost(options: WasmHostOptions = {}): Promise<WasmHost> {
  const supported = await supportedBuilds();
  const wanted = options.build ? [options.build] : supported;
  const reasons: string[] = [];
  for (const build of wanted) {
    if (!supported.includes(build)) {
      reasons.push(`'${build}' is not among the builds this machine runs (${supported.join(', ') || 'none'})`);
      continue;
    }
    const host = await instantiate(build, options);
    if (computesKnownAnswer(host.kernels, host.arena)) return withPool(host, options.helpers);
    reasons.push(`'${build}' computes a wrong product in this engine`);
  }
  throw new SttError(
    'unsupported',
    `WebAssembly: ${reasons.join('; ') || 'SIMD or DecompressionStream is not available'}`,
  );
}

interface Instance extends WasmHost {
  readonly module: WebAssembly.Module;
  readonly isShared: boolean;
}

async function instantiate(build: WasmBuild, options: WasmHostOptions): Promise<Instance> {
  const { helpers, reserveBytes = 0, createMemory: create = createMemory } = options;
  const code = await codeOf(build);
  const pages = [ARENA_BASE / PAGE_BYTES, Math.ceil(reserveBytes / PAGE_BYTES)] as const;
  const shared = helpers && sharedMemory(...pages, create);
  const bytes = shared ? withSharedMemory(code, shared.maximum) : code;
  const memory = shared?.memory ?? growableMemory(...pages, create);
  const isShared = shared !== undefined;
  try {
    const { module, instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
    const kernels = instance.exports as unknown as KernelExports;
    return { build, kernels, arena: new Arena(memory, ARENA_BASE), module, isShared };
  } catch (cause) {
    // A policy without 'wasm-unsafe-eval' ends here. Every browser words it differently, none gives it a type.
    const blocked = cause instanceof Error && /unsafe-eval|content.security.policy|\bCSP\b/i.test(cause.message);
    const code = blocked ? 'blocked-by-policy' : 'unsupported';
    throw SttError.from(cause, `WebAssembly build '${build}' did not start`, code);
  }
}

function withPool({ module, isShared, ...host }: Instance, helpers: Helpers | undefined): WasmHost {
  if (!helpers) return host;
  if (!isShared) return { ...host, fewerThreads: 'The browser gives too little memory that threads can share' };
  return { ...host, pool: new Pool(host.arena, module, host.kernels.run, helpers) };
}
