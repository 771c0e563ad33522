/** The kernel builds in which the tests with real speech run. */
import { enableRelaxedSimd } from '../../../src/cli/relaxed-simd.js';
import { supportedBuilds, type WasmBuild } from '../../../src/wasm/host.js';

/** Both builds if this Node can run relaxed SIMD; the SIMD build always, so that tests fail if it does not start. */
export async function runnableBuilds(): Promise<readonly WasmBuild[]> {
  enableRelaxedSimd();
  return (await supportedBuilds()).includes('relaxed') ? ['simd', 'relaxed'] : ['simd'];
}
