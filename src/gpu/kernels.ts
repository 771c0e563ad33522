/** Compiled kernels and what is bound to them. Everything here is made at load; a step replays it. */
import { parts, shaders } from '../../build/shaders.js';
import { composeSources } from './compose.js';

export type KernelName = keyof typeof shaders;
export type PartName = keyof typeof parts;

/** A kernel as it is compiled: its file, the parts put before it, and its numbers. */
export interface KernelSpec {
  readonly name: KernelName;
  readonly parts?: readonly PartName[];
  readonly constants: Readonly<Record<string, number>>;
}

/** A kernel with its buffers. */
export interface Call extends KernelSpec {
  /** By binding number, from 0. */
  readonly buffers: readonly GPUBuffer[];
  /** A matrix's buffers, which the parts bind from `FIRST_WEIGHT` on. */
  readonly weights?: readonly GPUBuffer[];
  /** Workgroups along x, y, z. */
  readonly groups: readonly [number, number?, number?];
}

/** One call of a kernel, ready to be replayed. */
export interface Dispatch {
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  readonly bindings: GPUBindGroup;
  readonly groups: readonly [number, number?, number?];
}

/** Parts that hold a matrix bind it here, above whatever a kernel binds itself. */
export const FIRST_WEIGHT = 8;

/** WGSL of a kernel, its parts and its numbers. Throws `internal` where the numbers are not those the sources declare. */
export function compose({ name, parts: needed = [], constants }: KernelSpec): string {
  return composeSources([name, ...needed].join(' '), [...needed.map((part) => parts[part]), shaders[name]], constants);
}

const labelOf = ({ name, parts: needed = [], constants }: KernelSpec): string =>
  [name, ...needed, ...Object.entries(constants).map(([key, value]) => `${key}=${value}`)].join(' ');

/**
 * Runs `work`, which hands modules of these texts to the compiler. May record that first, and may reject instead of
 * running it.
 */
export type Supervise = <T>(texts: readonly string[], work: () => Promise<T>) => Promise<T>;

/** Compiles each kernel once for each set of parts and constants. */
export class Kernels {
  readonly device: GPUDevice;
  readonly #supervise: Supervise;
  readonly #compiling = new Map<string, Promise<void>>();
  readonly #pipelines = new Map<string, GPUComputePipeline>();
  /** By source. */
  readonly #modules = new Map<string, GPUShaderModule>();
  /** Counted for the tests: what a step must not add to. */
  bindGroups = 0;

  /** @param supervise default: nothing is recorded, as tests and benchmarks want it */
  constructor(device: GPUDevice, supervise: Supervise = (_, work) => work()) {
    this.device = device;
    this.#supervise = supervise;
  }

  get pipelines(): number {
    return this.#pipelines.size;
  }

  /** Compiles all of `specs` at once, off this thread. Rejects with the compiler's message, or the supervisor's. */
  async compile(specs: readonly KernelSpec[]): Promise<void> {
    await this.#supervised(specs, () => Promise.all(specs.map((spec) => this.#compileOne(spec))));
  }

  /** Compiles all `sets` at once and resolves with whether each compiled as a whole. Rejects with the supervisor's message. */
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

  /** A pipeline that is compiling already is waited for. */
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
   * A call bound to its buffers. Call it inside `checked`, which turns a shader that does not compile or a buffer that
   * does not fit into an error; what was not compiled before is compiled by the first run.
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
