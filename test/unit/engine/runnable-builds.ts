/** Which builds of the kernels the tests of real speech run in. */
import { enableRelaxedSimd } from '../../../src/cli/relaxed-simd.js';
import { supportedBuilds, type WasmBuild } from '../../../src/wasm/host.js';

/** Both wherever this Node can be brought to run them; the SIMD build always, and where it does not start the tests fail. */
export function runnableBuilds(): readonly WasmBuild[] {
  enableRelaxedSimd();
  return supportedBuilds().includes('relaxed') ? ['simd', 'relaxed'] : ['simd'];
}
