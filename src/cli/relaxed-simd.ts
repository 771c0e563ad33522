/** Turns relaxed SIMD on in a Node that still hides it behind a flag. */
import v8 from 'node:v8';
import { supportedBuilds } from '../wasm/host.js';

/**
 * Node 20 has relaxed SIMD behind a flag, and its baseline compiler gets the relaxed dot product wrong, so that
 * compiler is turned off with it. Later versions need neither. Call it before any kernel is compiled.
 */
export function enableRelaxedSimd(): void {
  if (supportedBuilds().includes('relaxed')) return;
  v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  v8.setFlagsFromString('--no-liftoff');
}
