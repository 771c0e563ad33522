/** Picks the build of the kernels this machine can run, and instantiates it over a memory of ours. */
import { relaxed, simd } from '../../build/kernels.js';
import { SttError } from '../errors.js';
import { Arena } from './arena.js';
import type { KernelExports } from './ops.js';
import { computesKnownAnswer } from './self-test.js';

export type WasmBuild = 'simd' | 'relaxed';

export interface WasmHost {
  readonly build: WasmBuild;
  readonly kernels: KernelExports;
  readonly arena: Arena;
}

export interface WasmHostOptions {
  /** Default: `relaxed` where the machine has it, else `simd`. */
  readonly build?: WasmBuild | undefined;
}

const BUILDS: Readonly<Record<WasmBuild, string>> = { simd, relaxed };

/** The module's own data (constant tables) ends below this; the rest of memory is the arena's. */
const ARENA_BASE = 65_536;

function decode(build: WasmBuild): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(BUILDS[build]), (c) => c.charCodeAt(0));
}

/** The builds this machine accepts, best first. */
export function supportedBuilds(): WasmBuild[] {
  return (['relaxed', 'simd'] as const).filter((build) => WebAssembly.validate(decode(build)));
}

/**
 * Instantiates the kernels in the best build that computes a known answer. Throws `unsupported` where the machine
 * has no WebAssembly SIMD, or cannot run the build asked for.
 */
export async function createWasmHost(options: WasmHostOptions = {}): Promise<WasmHost> {
  const supported = supportedBuilds();
  const wanted = options.build ? [options.build] : supported;
  const reasons: string[] = [];
  for (const build of wanted) {
    if (!supported.includes(build)) {
      reasons.push(`'${build}' is not among the builds this machine runs (${supported.join(', ') || 'none'})`);
      continue;
    }
    const host = await instantiate(build);
    if (computesKnownAnswer(host)) return host;
    reasons.push(`'${build}' computes a wrong product in this engine`);
  }
  throw new SttError('unsupported', `WebAssembly: ${reasons.join('; ') || 'SIMD is not available'}`);
}

async function instantiate(build: WasmBuild): Promise<WasmHost> {
  const memory = new WebAssembly.Memory({ initial: ARENA_BASE / 65_536 });
  try {
    const { instance } = await WebAssembly.instantiate(decode(build), { env: { memory } });
    return { build, kernels: instance.exports as unknown as KernelExports, arena: new Arena(memory, ARENA_BASE) };
  } catch (cause) {
    // A policy without 'wasm-unsafe-eval' ends here. Every browser words it differently, none gives it a type.
    const blocked = cause instanceof Error && /unsafe-eval|content.security.policy|\bCSP\b/i.test(cause.message);
    const code = blocked ? 'blocked-by-policy' : 'unsupported';
    throw SttError.from(cause, `WebAssembly build '${build}' did not start`, code);
  }
}
