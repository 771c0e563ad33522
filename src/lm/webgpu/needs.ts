/** How large a GPU's buffers have to be for a model. */
import type { GpuNeeds } from '../../gpu/device.js';
import type { LmConfig } from '../../model/config.js';
import type { Model } from '../../model/model.js';
import { bufferBytes, stackedMatrix } from './stacked-matrix.js';
import { tableNames, tableStack } from './tables.js';

/** What WebGPU promises everywhere: asking for less is asking for nothing. */
const DEFAULT_BINDING = 128 * 1024 * 1024;
const DEFAULT_BUFFER = 256 * 1024 * 1024;

/** The largest buffer is that of all embedding tables, a matrix, or one layer's keys and values of one session. */
export function gpuNeeds(model: Model, config: LmConfig, ring: 'f16' | 'f32' = 'f16'): GpuNeeds {
  const tables = new Set(tableNames(config));
  const names = [...model.tensors.keys()].filter((name) => !name.startsWith('mimi.') && !tables.has(name));
  const stacks = [tableStack(model, config), ...names.map((name) => stackedMatrix(model, name, [name]))];
  const planes = stacks.flatMap(({ planes }) => planes.map(({ bytes }) => bytes));
  const keysAndValues = 2 * config.context * config.dim * { f16: 2, f32: 4 }[ring];
  const largest = bufferBytes(Math.max(...planes, keysAndValues));
  return {
    maxStorageBufferBindingSize: Math.max(DEFAULT_BINDING, largest),
    maxBufferSize: Math.max(DEFAULT_BUFFER, largest),
  };
}
