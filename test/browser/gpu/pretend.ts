/** Fake GPUs: the software adapter under another name, with other limits, or no adapter. */

export interface Pretended {
  /** The adapter's description of itself. */
  readonly info?: Partial<GPUAdapterInfo>;
  readonly limits?: Partial<Record<keyof GPUSupportedLimits, number>>;
  /** The adapter gives no device. */
  readonly deviceless?: boolean;
  /** No adapter. */
  readonly none?: boolean;
  /** No WebGPU. */
  readonly absent?: boolean;
}

/** A graphics card. */
export const HARDWARE: Pretended = {
  info: { vendor: 'acme', architecture: 'fast', description: '', isFallbackAdapter: false },
};

/** A graphics card that the browser does not name, as in Firefox. */
export const NAMELESS: Pretended = {
  info: { vendor: '', architecture: '', device: '', description: '', isFallbackAdapter: false },
};

/** Replaces this thread's GPU and counts the accesses to it. `restore` restores the real one. */
export function pretend({ info, limits, deviceless, none, absent }: Pretended): {
  readonly asked: number;
  restore: () => void;
} {
  const { navigator } = globalThis;
  const real = navigator.gpu;
  const count = { asked: 0, restore: () => void Reflect.deleteProperty(navigator, 'gpu') };
  const gpu = overlay(real, {
    requestAdapter: async (options?: GPURequestAdapterOptions) => {
      const adapter = none ? null : await real.requestAdapter(options);
      if (!adapter) return null;
      return overlay(adapter, {
        ...(info && { info: overlay(adapter.info, info) }),
        ...(limits && { limits: overlay(adapter.limits, limits) }),
        ...(deviceless && { requestDevice: () => Promise.reject(new DOMException('no', 'OperationError')) }),
      });
    },
  });
  Object.defineProperty(navigator, 'gpu', {
    configurable: true,
    get: () => {
      count.asked++;
      return absent ? undefined : gpu;
    },
  });
  return count;
}

/** `target` with some of its properties replaced. */
function overlay<T extends object>(target: T, replaced: object): T {
  return new Proxy(target, {
    get: (_, name) => {
      if (name in replaced) return Reflect.get(replaced, name) as unknown;
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
