/** Tells models of one name apart by their weights, without reading all of them. */
import { createHash } from 'node:crypto';
import type { Model, TensorInfo } from '../../model/model.js';

/**
 * 16 hexadecimal digits of the SHA-256 of all names, types and shapes, and of the smallest matrix of each type: another
 * checkpoint, quantisation or way to round has another one.
 */
export async function fingerprint(model: Model): Promise<string> {
  const hash = createHash('sha256');
  const smallest = new Map<string, TensorInfo>();
  for (const info of [...model.tensors.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    hash.update(`${info.name} ${info.type} ${info.shape.join('x')}\n`);
    const other = smallest.get(info.type);
    if (info.shape.length > 1 && (!other || info.byteLength < other.byteLength)) smallest.set(info.type, info);
  }
  for (const { name } of smallest.values()) hash.update(await model.readTensor(name));
  return hash.digest('hex').slice(0, 16);
}
