/** Folds the weight norm of codec convolutions that were saved with it: w = g · v / ‖v‖, one norm per output channel. */
import { SttError } from '../errors.js';
import { countOf, lazyTensor, type LazyTensor, type TensorFile } from './tensor-file.js';
import { decodeTensor, storedBytes } from './tensor-types.js';

/** The tensor `name` as f32, from `name`_g [out, 1, 1] and `name`_v [out, in, kernel]; undefined if they are missing. */
export function foldedWeight(file: TensorFile, name: string): LazyTensor | undefined {
  const [storedGain, storedDirection] = [file.get(`${name}_g`), file.get(`${name}_v`)];
  if (storedGain === undefined || storedDirection === undefined) return undefined;
  const [gain, direction] = [lazyTensor(storedGain), lazyTensor(storedDirection)];
  const { shape } = direction.info;
  const [rows = 0] = shape;
  if (rows === 0 || countOf(gain.info.shape) !== rows) {
    const found = `[${gain.info.shape.join(', ')}]`;
    throw new SttError('model-mismatch', `${gain.info.file}: tensor ${name}_g is ${found}, expected [${rows}, 1, 1]`);
  }

  const read = async (offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> => {
    const g = await numbers(gain);
    const w = await numbers(direction);
    const columns = w.length / rows;
    for (let row = 0; row < rows; row++) {
      const v = w.subarray(row * columns, (row + 1) * columns);
      const scale = g[row]! / Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
      for (let i = 0; i < columns; i++) v[i]! *= scale;
    }
    return new Uint8Array(w.buffer).slice(offset, offset + length);
  };
  return { info: { ...direction.info, name, type: 'f32', byteLength: storedBytes('f32', countOf(shape)) }, read };
}

async function numbers({ info, read }: LazyTensor): Promise<Float32Array<ArrayBuffer>> {
  return decodeTensor(info.type, await read(0, info.byteLength), countOf(info.shape));
}
