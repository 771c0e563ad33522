/** The GPU adapter before a device is requested: whether one exists, its name, and whether it is a software renderer. */
import { SttError } from '../errors.js';
import { checksum } from './checksum.js';

export interface AdapterFacts {
  /** Vendor, architecture and description, as far as the browser reports them; `UNNAMED` where it reports none, as Firefox does. */
  readonly name: string;
  /** A software renderer, which computes on the CPU: correct but slow. */
  readonly isSoftware: boolean;
  /** A checksum that identifies this version of the browser with this adapter. */
  readonly implementation: string;
}

/** The name of an adapter that the browser does not name. */
export const UNNAMED = 'unnamed GPU';

/** The adapter facts by GPU object, of which a thread has one. */
const known = new WeakMap<GPU, Promise<AdapterFacts>>();

/** Requests a new adapter, because each creates only one device. Rejects with `unsupported` if there is none. */
export async function requestAdapter(): Promise<GPUAdapter> {
  const adapter = await gpuHere()
    .requestAdapter({ powerPreference: 'high-performance' })
    .catch((cause: unknown) => {
      throw SttError.from(cause, 'WebGPU has no adapter', 'unsupported');
    });
  if (!adapter) throw new SttError('unsupported', 'WebGPU has no adapter');
  return adapter;
}

/** Name, kind and identity of an adapter. */
export function describeAdapter(adapter: GPUAdapter): AdapterFacts {
  const { info, features, limits } = adapter;
  const { vendor, architecture, device, description } = info;
  const name = [vendor, architecture, description].filter(Boolean).join(' ');
  const isSoftware = info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render/i.test(name);
  // Features and limits distinguish adapters that the browser does not name.
  const abilities: unknown[] = [...features].sort();
  for (const limit in limits) abilities.push(limit, Reflect.get(limits, limit));
  const identity = [navigator.userAgent, vendor, architecture, device, description, ...abilities];
  return { name: name || UNNAMED, isSoftware, implementation: checksum(identity.join('\n')) };
}

/** An adapter's name in the form that follows an article: "GPU acme fast", or "unnamed GPU". */
export function labelOf(name: string): string {
  return name === UNNAMED ? UNNAMED : `GPU ${name}`;
}

/** The facts about this machine's adapter, requested once. Rejects like `requestAdapter`. */
export async function adapterFacts(): Promise<AdapterFacts> {
  const gpu = gpuHere();
  const facts = known.get(gpu) ?? requestAdapter().then(describeAdapter);
  known.set(gpu, facts);
  // A failure is not cached: a GPU process that restarts has no adapter for a moment.
  facts.catch(() => known.delete(gpu));
  return facts;
}

function gpuHere(): GPU {
  // Node and pages on plain HTTP lack WebGPU.
  const gpu = (globalThis.navigator as Navigator | undefined)?.gpu;
  if (!gpu) throw new SttError('unsupported', 'WebGPU is not available here; backend "wasm" is');
  return gpu;
}
