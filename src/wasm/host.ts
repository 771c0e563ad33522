/** Chooses the build of the kernels that this machine can run, and instantiates it. */
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
  /** Helper threads for plans; undefined without helpers. */
  readonly pool?: Pool;
  /** Why `pool` is undefined although helpers were given. */
  readonly fewerThreads?: string;
}

interface WasmHostOptions {
  /** Default: `relaxed` where the machine has it, else `simd`. */
  readonly build?: WasmBuild | undefined;
  /** Threads that share the work; default none. */
  readonly helpers?: Helpers | undefined;
  /**
   * Estimate of the bytes that will be used. Reserving them takes no physical memory, and saves engines that cannot grow memory
   * in place from copying all of it: docs/decisions/0021.
   */
  readonly reserveBytes?: number;
  /** Creates the memory; for tests. */
  readonly createMemory?: CreateMemory;
}

/** The module's constant tables end below this address; the arena owns the rest of memory. */
const ARENA_BASE = 65_536;

/**
 * Instantiates the best build of the kernels that passes the self-test. Throws `unsupported` if the machine lacks
 * WebAssembly SIMD or cannot run the requested build, and `out-of-memory`.
 */
export async function createWasmHost(options: WasmHostOptions = {}): Promise<WasmHost> {
  const supported = await supportedBuilds();
  const wanted = options.build ? [options.build] : supported;
  const reasons: string[] = [];
  for (const build of wanted) {
    if (!supported.includes(build)) {
      reasons.push(`this machine does not run '${build}', only ${supported.join(', ') || 'no build'}`);
      continue;
    }
    const host = await instantiate(build, options);
    if (computesKnownAnswer(host.kernels, host.arena)) return withPool(host, options.helpers);
    reasons.push(`'${build}' fails the self-test in this engine`);
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
    // A content security policy without 'wasm-unsafe-eval' fails here; browsers differ only in the message.
    const blocked = cause instanceof Error && /unsafe-eval|content.security.policy|\bCSP\b/i.test(cause.message);
    const code = blocked ? 'blocked-by-policy' : 'unsupported';
    throw SttError.from(cause, `WebAssembly build '${build}' did not start`, code);
  }
}

function withPool({ module, isShared, ...host }: Instance, helpers: Helpers | undefined): WasmHost {
  if (!helpers) return host;
  if (!isShared) return { ...host, fewerThreads: 'The browser cannot allocate enough shared memory' };
  return { ...host, pool: new Pool(host.arena, module, host.kernels.run, helpers) };
}
