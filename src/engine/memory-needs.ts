/** How much WebAssembly memory a model takes: by its size before it is downloaded, by its tensors once it is. */
import { layOutRings } from '../lm/wasm/rings.js';
import { matrixType, type Model, type TensorInfo } from '../model/model.js';
import { isQuantised } from '../model/tensor-types.js';
import type { Backend } from '../protocol/model.js';
import { packedQuantBytes } from '../wasm/pack.js';

/**
 * Bytes of memory for each byte of a model in Q4_0, one stream included (docs/performance.md). On a GPU only the codec
 * is in WebAssembly memory.
 */
const OF_FILE: Readonly<Record<Backend, number>> = { wasm: 1.25, webgpu: 0.33 };
/** The same for the official layout: bf16 stays what it is, and of the codec only the encoder is loaded. */
const OF_OFFICIAL: Readonly<Record<Backend, number>> = { wasm: 1, webgpu: 0.1 };

/** What a stream of the codec, scratch, plans and a window of weights being packed take beside the weights: measured. */
const BESIDE = 40 * 2 ** 20;

/** By the size of its files. */
export function memoryForBytes(bytes: number, backend: Backend, layout?: string): number {
  return Math.ceil(bytes * (layout === 'official' ? OF_OFFICIAL : OF_FILE)[backend]);
}

/** About what its weights and one stream take: to be reserved before they are loaded. */
export function memoryForModel({ tensors, config }: Model, backend: Backend): number {
  let bytes = BESIDE;
  for (const info of tensors.values()) {
    const { name, shape } = info;
    if (name.startsWith('mimi.')) bytes += 4 * shape.reduce((product, n) => product * n, 1);
    else if (backend === 'wasm') bytes += packedBytes(info);
  }
  if (backend === 'webgpu') return bytes;
  const head = tensors.get('text_linear.weight')?.type;
  return bytes + layOutRings(config.lm, head !== undefined && isQuantised(head)).bytes;
}

/** Kernels read the scale of a block as f32; tables of rows stay as they are. */
function packedBytes(info: TensorInfo): number {
  const [N = 1, K = 1] = info.shape;
  const isTable = /^(emb\.\d+|text_emb)\./.test(info.name);
  const type = matrixType('wasm', info);
  return isQuantised(type) && !isTable ? packedQuantBytes(type, N, K) : info.byteLength;
}
