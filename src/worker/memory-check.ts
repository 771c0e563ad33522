/** Checks before the download that this thread can reserve the memory a model needs. */
import { memoryForBytes } from '../engine/backends.js';
import { keyOf } from '../model/locate/locate.js';
import type { Backend, ModelLocation, ModelSize } from '../protocol/model.js';
import { requireMemory, type CreateMemory } from '../wasm/reserve.js';

/** The model's size, if its location gives it. */
export function knownSize(location: ModelLocation): ModelSize | undefined {
  return 'url' in location ? undefined : location.size;
}

/** Bytes of WebAssembly memory that the model needs; undefined if its size is unknown. */
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
 * Checks at once if the location gives the size, and returns a check to call when more is known about it. Both throw
 * `out-of-memory`.
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
