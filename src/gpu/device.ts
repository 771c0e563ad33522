/** Requests a WebGPU device with the limits a model needs, and turns WebGPU's late errors into rejections. */
import { SttError } from '../errors.js';
import { describeAdapter, labelOf, requestAdapter } from './adapter.js';

/** The limits that a model's buffers may raise above WebGPU's defaults, in bytes. */
export interface GpuLimits {
  readonly maxStorageBufferBindingSize: number;
  readonly maxBufferSize: number;
}

export interface Gpu {
  readonly device: GPUDevice;
  /** The adapter's name; see `AdapterFacts`. */
  readonly adapter: string;
  /** The adapter's name in messages, after an article. */
  readonly label: string;
  /** A software renderer, which computes on the CPU: correct but slow. */
  readonly isSoftware: boolean;
  /** A checksum of browser, version and adapter. */
  readonly implementation: string;
  /** What kernels may use beyond the baseline. */
  readonly abilities: ReadonlySet<Ability>;
  /** Whether the device was lost for a reason other than `close`. */
  readonly isLost: () => boolean;
  /** Resolves when the device is lost, also through `close`. */
  readonly lost: Promise<SttError>;
  /** Destroys the device and all its buffers. */
  close(): void;
}

/** Subgroup operations, f16 arithmetic, and dot products of four packed bytes (DP4A). */
export type Ability = 'subgroups' | 'f16' | 'dot8';

/** The adapter feature behind each ability; `dot8` is a feature of the WGSL language instead. */
const FEATURES = { subgroups: 'subgroups', f16: 'shader-f16' } as const;
const DOT8 = 'packed_4x8_integer_dot_product';

/** Rejects with `unsupported` if WebGPU is missing, `gpu-limit-too-small` if the adapter cannot hold the model. */
export async function requestGpu(limits: GpuLimits): Promise<Gpu> {
  const adapter = await requestAdapter();
  const requiredLimits: Record<string, number> = {};
  for (const [limit, needed] of Object.entries(limits) as [keyof GpuLimits, number][]) {
    const found = adapter.limits[limit];
    if (found < needed) throw new SttError('gpu-limit-too-small', `${limit} is ${found}, this model needs ${needed}`);
    requiredLimits[limit] = needed;
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
    throw SttError.from(cause, `The ${label} gave no device`, 'unsupported');
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
 * Runs `work` and rejects with the errors that the GPU reports for it. WebGPU reports most errors later and elsewhere;
 * without this, a pipeline that does not compile would yield an empty transcript. The error scopes of synchronous work
 * see only that work; those of asynchronous work also see what else happens on the device until it ends.
 */
export async function checked<T>(device: GPUDevice, what: string, work: () => T | Promise<T>): Promise<T> {
  const scopes = ['validation', 'out-of-memory', 'internal'] as const;
  for (const scope of scopes) device.pushErrorScope(scope);
  const outcome = settle(work);
  const settled = outcome instanceof Promise ? await outcome : outcome;
  // In reverse order, because scopes are a stack. The GPU's own error says more than the exception that followed from it.
  const errors = await Promise.allSettled([...scopes].reverse().map(() => device.popErrorScope()));
  for (const [i, error] of errors.entries()) {
    if (error.status === 'rejected') throw SttError.from(error.reason, what, 'gpu-device-lost');
    const code = scopes[scopes.length - 1 - i] === 'out-of-memory' ? 'out-of-memory' : 'gpu-failed';
    if (error.value) throw new SttError(code, `${what}: ${error.value.message}`);
  }
  if (settled.status === 'fulfilled') return settled.value;
  throw SttError.from(settled.reason, what, 'gpu-failed');
}

/** The outcome of `work`: a value where it is synchronous, else a promise. */
function settle<T>(work: () => T | Promise<T>): PromiseSettledResult<T> | Promise<PromiseSettledResult<T>> {
  try {
    const value = work();
    if (!(value instanceof Promise)) return { status: 'fulfilled', value };
    return Promise.allSettled([value]).then(([result]) => result);
  } catch (reason) {
    return { status: 'rejected', reason };
  }
}
