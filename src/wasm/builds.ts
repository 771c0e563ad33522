/** The compiled kernels, which this script contains compressed. */
import { front, packed, sizes } from '../../build/kernels.js';

export type WasmBuild = keyof typeof sizes;

let unpacked: Promise<Readonly<Record<WasmBuild, Uint8Array<ArrayBuffer>>>> | undefined;

/** The WASM binary of `build`. */
export async function codeOf(build: WasmBuild): Promise<Uint8Array<ArrayBuffer>> {
  return (await (unpacked ??= unpack()))[build];
}

/**
 * The builds this machine accepts, best first. Empty without `DecompressionStream` (Firefox 89 to 112 have SIMD but lack it)
 * and without WebAssembly (Safari's lockdown mode disables it).
 */
export async function supportedBuilds(): Promise<WasmBuild[]> {
  if (!('DecompressionStream' in globalThis) || !('WebAssembly' in globalThis)) return [];
  const builds = await (unpacked ??= unpack());
  return (['relaxed', 'simd'] as const).filter((build) => WebAssembly.validate(builds[build]));
}

async function unpack(): Promise<Readonly<Record<WasmBuild, Uint8Array<ArrayBuffer>>>> {
  const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const all = new Uint8Array(await new Response(stream).arrayBuffer());
  const { simd, relaxed } = sizes;
  const [rest, end] = [2 * front, front + simd];
  return { simd: join(all, 0, rest, end), relaxed: join(all, front, end, simd + relaxed) };
}

/** The `front` bytes at `at`, then the bytes from `from` to `to`. */
function join(all: Uint8Array<ArrayBuffer>, at: number, from: number, to: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(front + to - from);
  bytes.set(all.subarray(at, at + front));
  bytes.set(all.subarray(from, to), front);
  return bytes;
}
