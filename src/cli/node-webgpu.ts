/** Provides WebGPU in Node through the package `webgpu`, an optional peer, which is Chromium's implementation. */
import type * as WebGpuPackage from 'webgpu';
import { adapterFacts } from '../gpu/adapter.js';
import { SttError } from '../errors.js';

/** The part of the package `webgpu` that is used. */
type Dawn = Pick<typeof WebGpuPackage, 'create' | 'globals'>;

/** Dawn ends its devices when this object is collected. */
let gpu: GPU | undefined;

/**
 * Installs `navigator.gpu` if necessary. Resolves with why the GPU cannot be used, without a full stop; undefined if it can.
 * @param options.acceptsSoftware whether a software renderer, which is slow, counts as a GPU
 */
export async function whyNoWebGpu({
  acceptsSoftware,
}: {
  readonly acceptsSoftware: boolean;
}): Promise<string | undefined> {
  try {
    const why = await install();
    if (why !== undefined) return why;
    const { name, isSoftware } = await adapterFacts();
    return isSoftware && !acceptsSoftware ? `the only GPU is a software renderer, ${name}` : undefined;
  } catch (cause) {
    return SttError.from(cause, 'WebGPU does not work here', 'unsupported').message;
  }
}

/** For `--backend webgpu`, which takes any GPU. Throws `unsupported` with the reason. */
export async function requireWebGpu(): Promise<void> {
  const whyNot = await whyNoWebGpu({ acceptsSoftware: true });
  if (whyNot !== undefined) throw new SttError('unsupported', `--backend webgpu: ${whyNot}`);
}

async function install(): Promise<string | undefined> {
  if ((globalThis.navigator as Navigator | undefined)?.gpu) return undefined;
  let dawn: Dawn;
  try {
    dawn = await import('webgpu');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    return 'the package webgpu is not installed (npm install webgpu)';
  }
  gpu = dawn.create([]);
  Object.assign(globalThis, dawn.globals);
  // Node 20 has no navigator.
  if (!('navigator' in globalThis))
    Object.defineProperty(globalThis, 'navigator', { value: { userAgent: `Node.js/${process.versions.node}` } });
  Object.defineProperty(navigator, 'gpu', { value: gpu });
  return undefined;
}
