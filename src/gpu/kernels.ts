/** Compiled kernels and what is bound to them. Everything here is made at load; a step replays it. */
import { shaders } from '../../build/shaders.js';

export type KernelName = keyof typeof shaders;

/** One call of a kernel with its buffers, ready to be replayed. */
export interface Dispatch {
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  readonly bindings: GPUBindGroup;
  readonly workgroups: number;
}

/** Compiles each kernel once for each set of constants. */
export class Kernels {
  readonly device: GPUDevice;
  readonly #pipelines = new Map<string, GPUComputePipeline>();
  /** Counted for the tests: what a step must not add to. */
  bindGroups = 0;

  constructor(device: GPUDevice) {
    this.device = device;
  }

  get pipelines(): number {
    return this.#pipelines.size;
  }

  /**
   * `name` over `buffers`, in the order of its bindings. Call it inside `checked`, which turns a shader that does not
   * compile or a buffer that does not fit into an error; what compiles lazily is compiled by the first run.
   */
  dispatch(
    name: KernelName,
    constants: Readonly<Record<string, number>>,
    buffers: readonly GPUBuffer[],
    workgroups: number,
  ): Dispatch {
    const label = `${name} ${Object.entries(constants)
      .map(([key, value]) => `${key}=${value}`)
      .join(' ')}`;
    const pipeline = this.#pipeline(name, label, constants);
    const bindings = this.device.createBindGroup({
      label,
      layout: pipeline.getBindGroupLayout(0),
      entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    this.bindGroups++;
    return { label, pipeline, bindings, workgroups };
  }

  #pipeline(name: KernelName, label: string, constants: Readonly<Record<string, number>>): GPUComputePipeline {
    let pipeline = this.#pipelines.get(label);
    if (!pipeline) {
      const module = this.device.createShaderModule({ label: name, code: shaders[name] });
      pipeline = this.device.createComputePipeline({
        label,
        layout: 'auto',
        compute: { module, entryPoint: name, constants },
      });
      this.#pipelines.set(label, pipeline);
    }
    return pipeline;
  }
}

/** Records every dispatch into one pass of `encoder`. */
export function encode(encoder: GPUCommandEncoder, dispatches: readonly Dispatch[]): void {
  const pass = encoder.beginComputePass();
  for (const { pipeline, bindings, workgroups } of dispatches) {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindings);
    pass.dispatchWorkgroups(workgroups);
  }
  pass.end();
}
