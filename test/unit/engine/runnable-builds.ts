/** Which builds of the kernels this Node runs right: an old V8 may know relaxed SIMD and still compute it wrongly. */
import { SttError } from '../../../src/errors.js';
import { createWasmHost, type WasmBuild } from '../../../src/wasm/host.js';

/** The SIMD build always: without it nothing is tested and that must fail. The relaxed one where it starts. */
export async function runnableBuilds(): Promise<WasmBuild[]> {
  try {
    await createWasmHost({ build: 'relaxed' });
    return ['simd', 'relaxed'];
  } catch (error) {
    if (error instanceof SttError && error.code === 'unsupported') return ['simd'];
    throw error;
  }
}
