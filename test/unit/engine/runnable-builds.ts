/** Which builds of the kernels the tests of real speech run in. */
import { enableRelaxedSimd } from '../../../src/cli/relaxed-simd.js';
import { supportedBuilds, type WasmBuild } from '../../../src/wasm/host.js';

/** Both wherever this Node can be brought to run them; the SIMD build always, and where it does not start the tests fail. */
export async function runnableBuilds(): Promise<readonly WasmBuild[]> {
  enableRelaxedSimd();
  return (await supportedBuilds()).includes('relaxed') ? ['simd', 'relaxed'] : ['simd'];
}
