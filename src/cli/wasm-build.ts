/** The WASM build that a command runs. */
import type { EngineInfo } from '../protocol/model.js';
import { oneOf } from './one-of.js';
import { enableRelaxedSimd } from './relaxed-simd.js';

/** Parses `--build`; undefined stands for the fastest build that this machine runs. Throws `invalid-argument`. */
export function buildOption(value: string | undefined): EngineInfo['build'] | undefined {
  return value === undefined ? undefined : oneOf('--build', value, ['simd', 'relaxed'] as const);
}

/** Lets this version of Node run `build`, or the fastest. Call this before any kernel is compiled. */
export function enableBuild(build: EngineInfo['build'] | undefined): void {
  if (build !== 'simd') enableRelaxedSimd();
}
