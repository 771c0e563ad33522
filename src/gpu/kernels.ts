/** Compiles kernels and binds buffers to them at load, so that a step only replays dispatches. */
import { parts, shaders } from '../../build/shaders.js';
import { composeSources } from './compose.js';

export type KernelName = keyof typeof shaders;
export type PartName = keyof typeof parts;

/** A kernel to compile: its file, the parts that precede it, and its numbers. */
export interface KernelSpec {
  readonly name: KernelName;
  readonly parts?: readonly PartName[];
  readonly constants: Readonly<Record<string, number>>;
}

/** A kernel with its buffers. */
export interface Call extends KernelSpec {
  /** By binding number, from 0. */
  readonly buffers: readonly GPUBuffer[];
  /** The buffers of a matrix, which parts bind from `FIRST_WEIGHT` on. */
  readonly weights?: readonly GPUBuffer[];
  /** Workgroups along x, y, z. */
  readonly groups: readonly [number, number?, number?];
}

/** A call that is compiled and bound, ready to replay. */
export interface Dispatch {
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  readonly bindings: GPUBindGroup;
  readonly groups: readonly [number, number?, number?];
}

/** The first binding of a matrix, above the bindings of any kernel. */
export const FIRST_WEIGHT = 8;

/** WGSL of a kernel with its parts and numbers. Throws `internal` if the numbers differ from those the sources declare. */
export function compose({ name, parts: needed = [], constants }: KernelSpec): string {
  return composeSources([name, ...needed].join(' '), [...needed.map((part) => parts[part]), shaders[name]], constants);
}

const labelOf = ({ name, parts: needed = [], constants }: KernelSpec): string =>
  [name, ...needed, ...Object.entries(constants).map(([key, value]) => `${key}=${value}`)].join(' ');

/** Runs `work`, which compiles modules of these `texts`. It may record the attempt first, or reject instead of running it. */
export type Supervise = <T>(texts: readonly string[], work: () => Promise<T>) => Promise<T>;

/** Compiles each kernel once for each set of parts and constants. */
export class Kernels {
  readonly device: GPUDevice;
  readonly #supervise: Supervise;
  readonly #compiling = new Map<string, Promise<void>>();
  readonly #pipelines = new Map<string, GPUComputePipeline>();
  /** By source. */
  readonly #modules = new Map<string, GPUShaderModule>();
  /** Bind groups created, for tests: a step must create none. */
  bindGroups = 0;

  /** @param supervise default: compiles without a record, for tests and benchmarks */
  constructor(device: GPUDevice, supervise: Supervise = (_, work) => work()) {
    this.device = device;
    this.#supervise = supervise;
  }

  get pipelines(): number {
    return this.#pipelines.size;
  }

  /** Compiles all of `specs` in parallel, off this thread. Rejects with the compiler's message or the supervisor's. */
  async compile(specs: readonly KernelSpec[]): Promise<void> {
    await this.#supervised(specs, () => Promise.all(specs.map((spec) => this.#compileOne(spec))));
  }

  /** Compiles all `sets` in parallel; resolves, for each, with whether all of it compiled. Rejects with the supervisor's message. */
  async compileEach(sets: readonly (readonly KernelSpec[])[]): Promise<boolean[]> {
    const outcomes = await this.#supervised(sets.flat(), () =>
      Promise.allSettled(sets.map((specs) => Promise.all(specs.map((spec) => this.#compileOne(spec))))),
    );
    return outcomes.map(({ status }) => status === 'fulfilled');
  }

  #supervised<T>(specs: readonly KernelSpec[], work: () => Promise<T>): Promise<T> {
    const missing = specs.filter((spec) => !this.#pipelines.has(labelOf(spec)));
    return missing.length === 0 ? work() : this.#supervise(missing.map(compose), work);
  }

  /** Waits for a pipeline that is already compiling rather than compile it twice. */
  async #compileOne(spec: KernelSpec): Promise<void> {
    const label = labelOf(spec);
    if (this.#pipelines.has(label)) return;
    const compiling =
      this.#compiling.get(label) ??
      this.device
        .createComputePipelineAsync(this.#describe(label, spec))
        .then((pipeline) => void this.#pipelines.set(label, pipeline))
        .finally(() => this.#compiling.delete(label));
    this.#compiling.set(label, compiling);
    await compiling;
  }

  /**
   * Binds a call to its buffers, and compiles its kernel if `compile` has not. Run it inside `checked`, which reports a
   * shader that does not compile or a buffer that does not fit.
   */
  dispatch(call: Call): Dispatch {
    const label = labelOf(call);
    let pipeline = this.#pipelines.get(label);
    if (!pipeline) {
      pipeline = this.device.createComputePipeline(this.#describe(label, call));
      this.#pipelines.set(label, pipeline);
    }
    const entry = (buffer: GPUBuffer, binding: number): GPUBindGroupEntry => ({ binding, resource: { buffer } });
    const bindings = this.device.createBindGroup({
      label,
      layout: pipeline.getBindGroupLayout(0),
      entries: [
        ...call.buffers.map(entry),
        ...(call.weights ?? []).map((buffer, i) => entry(buffer, FIRST_WEIGHT + i)),
      ],
    });
    this.bindGroups++;
    return { label, pipeline, bindings, groups: call.groups };
  }

  #describe(label: string, { name, parts: needed = [], constants }: KernelSpec): GPUComputePipelineDescriptor {
    const code = compose({ name, parts: needed, constants });
    let module = this.#modules.get(code);
    if (!module) {
      module = this.device.createShaderModule({ label: [name, ...needed].join(' '), code });
      this.#modules.set(code, module);
    }
    return { label, layout: 'auto', compute: { module, entryPoint: name } };
  }
}

/** Records every dispatch into one pass of `encoder`. */
export function encode(encoder: GPUCommandEncoder, dispatches: readonly Dispatch[]): void {
  const pass = encoder.beginComputePass();
  for (const { pipeline, bindings, groups } of dispatches) {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindings);
    pass.dispatchWorkgroups(...groups);
  }
  pass.end();
}
