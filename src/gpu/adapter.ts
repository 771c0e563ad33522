/** The machine's GPU before a device is requested: whether there is one, its name, and whether it is a software renderer. */
import { SttError } from '../errors.js';
import { checksum } from './checksum.js';

export interface AdapterFacts {
  /** Vendor, architecture and description, as far as the browser tells; `UNNAMED` where it tells none, as Firefox does. */
  readonly name: string;
  /** A software renderer, which computes on the CPU: right answers, no speed. */
  readonly isSoftware: boolean;
  /** What tells this browser, in its version, with this adapter from any other: a checksum. */
  readonly implementation: string;
}

/** An adapter's name where the browser keeps it to itself. */
export const UNNAMED = 'unnamed GPU';

/** The adapter facts by GPU object: a thread has one, and it does not change. */
const known = new WeakMap<GPU, Promise<AdapterFacts>>();

/** A fresh adapter each time, because one gives one device only. Rejects with `unsupported` where there is none. */
export async function requestAdapter(): Promise<GPUAdapter> {
  const adapter = await gpuHere()
    .requestAdapter({ powerPreference: 'high-performance' })
    .catch((cause: unknown) => {
      throw SttError.from(cause, 'WebGPU gives no adapter', 'unsupported');
    });
  if (!adapter) throw new SttError('unsupported', 'WebGPU is there, but no adapter is');
  return adapter;
}

/** What an adapter says about itself. */
export function describeAdapter(adapter: GPUAdapter): AdapterFacts {
  const { info, features, limits } = adapter;
  const { vendor, architecture, device, description } = info;
  const name = [vendor, architecture, description].filter(Boolean).join(' ');
  const isSoftware = info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render/i.test(name);
  // Where the browser does not name its adapter, features and limits distinguish one adapter from another.
  const abilities: unknown[] = [...features].sort();
  for (const limit in limits) abilities.push(limit, Reflect.get(limits, limit));
  const identity = [navigator.userAgent, vendor, architecture, device, description, ...abilities];
  return { name: name || UNNAMED, isSoftware, implementation: checksum(identity.join('\n')) };
}

/** An adapter's name after an article: "GPU acme fast", or "unnamed GPU". */
export function labelOf(name: string): string {
  return name === UNNAMED ? UNNAMED : `GPU ${name}`;
}

/** The facts about this machine's adapter, requested once. Rejects like `requestAdapter`. */
export async function adapterFacts(): Promise<AdapterFacts> {
  const gpu = gpuHere();
  const facts = known.get(gpu) ?? requestAdapter().then(describeAdapter);
  known.set(gpu, facts);
  // A GPU process that restarts has no adapter for a moment.
  facts.catch(() => known.delete(gpu));
  return facts;
}

function gpuHere(): GPU {
  // Neither Node nor a page on plain HTTP has it.
  const gpu = (globalThis.navigator as Navigator | undefined)?.gpu;
  if (!gpu) throw new SttError('unsupported', 'WebGPU is not available here; backend "wasm" is');
  return gpu;
}
