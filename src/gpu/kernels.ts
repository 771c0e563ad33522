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

/** Compiles each kernel once for each set of parts and constants. */
export class Kernels {
  readonly device: GPUDevice;
  readonly #pipelines = new Map<string, GPUComputePipeline>();
  /** By source. */
  readonly #modules = new Map<string, GPUShaderModule>();
  /** Counted for the tests: what a step must not add to. */
  bindGroups = 0;

  constructor(device: GPUDevice) {
    this.device = device;
  }

  get pipelines(): number {
    return this.#pipelines.size;
  }

  /** Compiles all of `specs` at once, off this thread. Rejects with the compiler's message. */
  async compile(specs: readonly KernelSpec[]): Promise<void> {
    const missing = new Map(specs.map((spec) => [labelOf(spec), spec]));
    await Promise.all(
      [...missing]
        .filter(([label]) => !this.#pipelines.has(label))
        .map(async ([label, spec]) => {
          this.#pipelines.set(label, await this.device.createComputePipelineAsync(this.#describe(label, spec)));
        }),
    );
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
