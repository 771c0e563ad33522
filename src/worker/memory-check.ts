/** Whether this thread has the memory that a model will need, found out before any of it is downloaded. */
import { memoryForBytes } from '../engine/backends.js';
import { keyOf } from '../model/locate/locate.js';
import type { Backend, ModelLocation, ModelSize } from '../protocol/model.js';
import { requireMemory, type CreateMemory } from '../wasm/reserve.js';

/** What is known of a location's size without asking anyone. */
export function knownSize(location: ModelLocation): ModelSize | undefined {
  return 'gguf' in location ? location.size : undefined;
}

/** Bytes of WebAssembly memory that the model takes; undefined where its size is not known. */
export function memoryNeeded(
  location: ModelLocation,
  backend: Backend,
  bytes: number | undefined,
  layout?: string,
): number | undefined {
  const known = knownSize(location)?.memory[backend];
  return known ?? (bytes === undefined ? undefined : memoryForBytes(bytes, backend, layout));
}

/**
 * A check to be made whenever more is known of the model's size. Made at once where the location tells it, and then never again.
 * Both throw `out-of-memory`.
 */
export function memoryCheck(
  location: ModelLocation,
  backend: Backend,
  create?: CreateMemory,
): (bytes: number, layout: string) => void {
  let checked = 0;
  const check = (needed: number | undefined): void => {
    if (needed === undefined || needed <= checked) return;
    requireMemory(keyOf(location), needed, create);
    checked = needed;
  };
  check(memoryNeeded(location, backend, undefined));
  return (bytes, layout) => check(memoryNeeded(location, backend, bytes, layout));
}
