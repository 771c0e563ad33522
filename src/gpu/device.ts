/** A WebGPU device with the limits a model needs, or a sentence that says which one is short. */
import { SttError } from '../errors.js';
import { describeAdapter, labelOf, requestAdapter } from './adapter.js';

/** The limits that a model's buffers may raise above WebGPU's defaults, in bytes. */
export interface GpuLimits {
  readonly maxStorageBufferBindingSize: number;
  readonly maxBufferSize: number;
}

export interface Gpu {
  readonly device: GPUDevice;
  /** Vendor, architecture and description, as far as the browser tells; see `AdapterFacts`. */
  readonly adapter: string;
  /** The same for messages, after an article. */
  readonly label: string;
  /** A software renderer, which computes on the CPU: right answers, no speed. */
  readonly isSoftware: boolean;
  /** Browser, version and adapter, as a checksum. */
  readonly implementation: string;
  /** What kernels may use beyond the baseline. */
  readonly abilities: ReadonlySet<Ability>;
  /** Whether the device was lost other than by `close`. */
  readonly isLost: () => boolean;
  /** Resolves, once, when the device is lost, by `close` as well. */
  readonly lost: Promise<SttError>;
  /** Gives the device and all its memory back. */
  close(): void;
}

/** Subgroup operations, f16 arithmetic, and dot products of four packed bytes (DP4A). */
export type Ability = 'subgroups' | 'f16' | 'dot8';

/** WebGPU's name of each ability that is a feature of an adapter; `dot8` is one of the language. */
const FEATURES = { subgroups: 'subgroups', f16: 'shader-f16' } as const;
const DOT8 = 'packed_4x8_integer_dot_product';

/** Rejects with `unsupported` where there is no WebGPU, `gpu-limit-too-small` where the adapter cannot hold the model. */
export async function requestGpu(limits: GpuLimits): Promise<Gpu> {
  const adapter = await requestAdapter();
  const requiredLimits: Record<string, number> = {};
  for (const [limit, need] of Object.entries(limits) as [keyof GpuLimits, number][]) {
    const has = adapter.limits[limit];
    if (has < need) throw new SttError('gpu-limit-too-small', `${limit} is ${has}, this model needs ${need}`);
    requiredLimits[limit] = need;
  }
  const wanted = (['subgroups', 'f16'] as const).filter((ability) => adapter.features.has(FEATURES[ability]));
  const abilities = new Set<Ability>(wanted);
  if (navigator.gpu.wgslLanguageFeatures.has(DOT8)) abilities.add('dot8');
  const { name, isSoftware, implementation } = describeAdapter(adapter);
  const label = labelOf(name);
  let device: GPUDevice;
  try {
    device = await adapter.requestDevice({
      label: 'kyutai-stt',
      requiredLimits,
      requiredFeatures: wanted.map((ability) => FEATURES[ability]),
    });
  } catch (cause) {
    throw SttError.from(cause, `The ${label}: no device`, 'unsupported');
  }
  let isLost = false;
  void device.lost.then(({ reason }) => (isLost = reason !== 'destroyed'));
  return {
    device,
    adapter: name,
    label,
    isSoftware,
    implementation,
    abilities,
    isLost: () => isLost,
    lost: device.lost.then(
      ({ reason, message }) => new SttError('gpu-device-lost', `The ${label} was lost: ${message || reason}`),
    ),
    close: () => device.destroy(),
  };
}

/**
 * Runs `work` and fails with what the GPU has to say of it. WebGPU reports most mistakes later and elsewhere; without
 * this a pipeline that does not compile would transcribe to nothing. Work that awaits nothing is alone in its scopes;
 * other work may hear of what is done on the device meanwhile.
 */
export async function checked<T>(device: GPUDevice, what: string, work: () => T | Promise<T>): Promise<T> {
  const scopes = ['validation', 'out-of-memory', 'internal'] as const;
  for (const scope of scopes) device.pushErrorScope(scope);
  const outcome = settle(work);
  const settled = outcome instanceof Promise ? await outcome : outcome;
  // All at once and in reverse, whatever happened; the GPU's own reason says more than what came of it.
  const errors = await Promise.allSettled([...scopes].reverse().map(() => device.popErrorScope()));
  for (const [i, error] of errors.entries()) {
    if (error.status === 'rejected') throw SttError.from(error.reason, what, 'gpu-device-lost');
    const code = scopes[scopes.length - 1 - i] === 'out-of-memory' ? 'out-of-memory' : 'gpu-failed';
    if (error.value) throw new SttError(code, `${what}: ${error.value.message}`);
  }
  if (settled.status === 'fulfilled') return settled.value;
  throw SttError.from(settled.reason, what, 'gpu-failed');
}

/** What came of `work`, at once where it awaits nothing. */
function settle<T>(work: () => T | Promise<T>): PromiseSettledResult<T> | Promise<PromiseSettledResult<T>> {
  try {
    const value = work();
    if (!(value instanceof Promise)) return { status: 'fulfilled', value };
    return Promise.allSettled([value]).then(([result]) => result);
  } catch (reason) {
    return { status: 'rejected', reason };
  }
}
