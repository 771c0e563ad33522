/** Looks a tensor up by its name. */
import { SttError } from '../errors.js';
import type { Model, TensorInfo } from './model.js';

/** A tensor's info; `model-mismatch` where the model has none of that name. */
export function tensorInfo(model: Model, name: string): TensorInfo {
  const info = model.tensors.get(name);
  if (!info) throw new SttError('model-mismatch', `${model.name}: ${name} is missing`);
  return info;
}
