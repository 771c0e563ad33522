/** Computes the WebAssembly memory that a model needs, from its tensors. */
import { layOutRings } from '../lm/wasm/rings.js';
import { matrixType, type Model, type TensorInfo } from '../model/model.js';
import { isQuantised } from '../model/tensor-types.js';
import { packedQuantBytes } from '../wasm/pack.js';

/** Measured: codec state of one stream, scratch, plans, and a window of weights being packed. */
const OVERHEAD = 40 * 2 ** 20;

/** Bytes for the codec's weights in f32, with the overhead of one stream. */
export function codecMemory({ tensors }: Model): number {
  let bytes = OVERHEAD;
  for (const { name, shape } of tensors.values())
    if (isOfCodec(name)) bytes += 4 * shape.reduce((product, n) => product * n, 1);
  return bytes;
}

/** Bytes for the language model's weights and the rings of one stream on the CPU. */
export function wasmLmMemory({ tensors, config }: Model): number {
  let bytes = 0;
  for (const info of tensors.values()) if (!isOfCodec(info.name)) bytes += packedBytes(info);
  const head = tensors.get('text_linear.weight')?.type;
  return bytes + layOutRings(config.lm, head !== undefined && isQuantised(head)).bytes;
}

function isOfCodec(name: string): boolean {
  return name.startsWith('mimi.');
}

/** Packed blocks have f32 scales; embedding tables are not packed. */
function packedBytes(info: TensorInfo): number {
  const [N = 1, K = 1] = info.shape;
  const isTable = /^(emb\.\d+|text_emb)\./.test(info.name);
  const type = matrixType('wasm', info);
  return isQuantised(type) && !isTable ? packedQuantBytes(type, N, K) : info.byteLength;
}
