/** Turns relaxed SIMD on in a Node that still hides it behind a flag. */
import v8 from 'node:v8';
import { supportedBuilds } from '../wasm/host.js';

/** Node 20 has relaxed SIMD behind a flag, later versions need none. Call it before any kernel is compiled. */
export function enableRelaxedSimd(): void {
  if (!supportedBuilds().includes('relaxed')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
}
