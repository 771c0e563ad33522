/** Computes from a model's tensors how much WebAssembly memory it takes. */
import { layOutRings } from '../lm/wasm/rings.js';
import { matrixType, type Model, type TensorInfo } from '../model/model.js';
import { isQuantised } from '../model/tensor-types.js';
import { packedQuantBytes } from '../wasm/pack.js';

/** Codec state of one stream, scratch, plans, and a window of weights while they are packed: measured. */
const OVERHEAD = 40 * 2 ** 20;

/** Bytes that the codec's weights take, in f32, with the overhead of one stream. */
export function codecMemory({ tensors }: Model): number {
  let bytes = OVERHEAD;
  for (const { name, shape } of tensors.values())
    if (isOfCodec(name)) bytes += 4 * shape.reduce((product, n) => product * n, 1);
  return bytes;
}

/** Bytes that the language model's weights and the rings of one stream take on the CPU. */
export function wasmLmMemory({ tensors, config }: Model): number {
  let bytes = 0;
  for (const info of tensors.values()) if (!isOfCodec(info.name)) bytes += packedBytes(info);
  const head = tensors.get('text_linear.weight')?.type;
  return bytes + layOutRings(config.lm, head !== undefined && isQuantised(head)).bytes;
}

function isOfCodec(name: string): boolean {
  return name.startsWith('mimi.');
}

/** Kernels read the scale of a block as f32; tables of rows stay as they are. */
function packedBytes(info: TensorInfo): number {
  const [N = 1, K = 1] = info.shape;
  const isTable = /^(emb\.\d+|text_emb)\./.test(info.name);
  const type = matrixType('wasm', info);
  return isQuantised(type) && !isTable ? packedQuantBytes(type, N, K) : info.byteLength;
}
