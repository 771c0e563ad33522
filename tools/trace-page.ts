/** The page of `npm run trace -- --backend webgpu`: runs the language model on a GPU and returns what it computed. */
import { loadWebGpuLm, type WebGpuLmOptions } from '../src/lm/webgpu/webgpu-lm.js';
import type { SttConfig } from '../src/model/config.js';
import type { GpuMetrics } from '../src/protocol/stream-events.js';
import type { Model, TensorInfo } from '../src/model/model.js';

/** A model whose tensors Node reads and serves. */
export interface RemoteModel {
  readonly name: string;
  readonly config: SttConfig;
  readonly tensors: readonly TensorInfo[];
}

export interface GpuTrace {
  readonly metrics: GpuMetrics;
  readonly tokens: number[];
  /** [steps, V] */
  readonly logits: number[][];
  /** [steps, heads · classes] */
  readonly pause: number[][];
}

declare global {
  var traceLm: (model: RemoteModel, codes: readonly number[][], options: WebGpuLmOptions) => Promise<GpuTrace>;
}

function openRemote({ name, config, tensors }: RemoteModel): Model {
  const bytes = async (path: string): Promise<ArrayBuffer> => (await fetch(path)).arrayBuffer();
  const raw = async (tensor: string, query = ''): Promise<Uint8Array<ArrayBuffer>> =>
    new Uint8Array(await bytes(`/raw/${tensor}${query}`));
  return {
    name,
    config,
    tensors: new Map(tensors.map((info) => [info.name, info])),
    tokenizer: new Uint8Array(),
    readTensor: (tensor) => raw(tensor),
    readTensorSlice: (tensor, offset, length) => raw(tensor, `?offset=${offset}&length=${length}`),
    readTensorF32: async (tensor) => new Float32Array(await bytes(`/f32/${tensor}`)),
  };
}

globalThis.traceLm = async (remote, codes, options) => {
  const lm = await loadWebGpuLm(openRemote(remote), options);
  const trace: GpuTrace = { metrics: lm.gpu(), tokens: [], logits: [], pause: [] };
  const stream = lm.open(({ token }) => trace.tokens.push(token));
  for (const frame of [null, ...codes]) {
    stream.push(frame && Uint32Array.from(frame));
    await stream.settled();
    trace.logits.push(Array.from(await stream.logits()));
    trace.pause.push(Array.from(stream.pauseClasses));
  }
  stream.close();
  lm.dispose();
  return trace;
};
