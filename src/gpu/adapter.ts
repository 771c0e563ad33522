/** The machine's GPU before any device is asked of it: whether there is one, its name, and whether it is one at all. */
import { SttError } from '../errors.js';

export interface AdapterFacts {
  /** Vendor, architecture and description, as far as the browser tells. */
  readonly name: string;
  /** A CPU that plays GPU: right answers, no speed. */
  readonly isSoftware: boolean;
}

/** Those of each GPU object there was: a thread has one, and it does not change. */
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

/** What an adapter says of itself. */
export function describeAdapter({ info }: GPUAdapter): AdapterFacts {
  const name = [info.vendor, info.architecture, info.description].filter(Boolean).join(' ');
  return { name, isSoftware: info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render/i.test(name) };
}

/** The facts about this machine's adapter, asked for once. Rejects like `requestAdapter`. */
export async function adapterFacts(): Promise<AdapterFacts> {
  const gpu = gpuHere();
  const facts = known.get(gpu) ?? requestAdapter().then(describeAdapter);
  known.set(gpu, facts);
  // A GPU process that starts anew has no adapter for a moment.
  facts.catch(() => known.delete(gpu));
  return facts;
}

function gpuHere(): GPU {
  // Neither Node nor a page on plain HTTP has it.
  const gpu = (globalThis.navigator as Navigator | undefined)?.gpu;
  if (!gpu) throw new SttError('unsupported', 'WebGPU is not available here; backend "wasm" is');
  return gpu;
}
