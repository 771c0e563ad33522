/** The builds of the kernels, which this script carries compressed. */
import { front, packed, sizes } from '../../build/kernels.js';

export type WasmBuild = keyof typeof sizes;

let unpacked: Promise<Readonly<Record<WasmBuild, Uint8Array<ArrayBuffer>>>> | undefined;

/** The code of `build`. */
export async function codeOf(build: WasmBuild): Promise<Uint8Array<ArrayBuffer>> {
  return (await (unpacked ??= unpack()))[build];
}

/**
 * The builds this machine accepts, best first. None without `DecompressionStream`, which of browsers with SIMD Firefox 89 to
 * 112 lack, nor without WebAssembly, which Safari's lockdown mode takes away.
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
  return { simd: joined(all, 0, rest, end), relaxed: joined(all, front, end, simd + relaxed) };
}

/** A front from `at` on, and what lies between `from` and `to`. */
function joined(all: Uint8Array<ArrayBuffer>, at: number, from: number, to: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(front + to - from);
  bytes.set(all.subarray(at, at + front));
  bytes.set(all.subarray(from, to), front);
  return bytes;
}
