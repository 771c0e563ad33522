/** How large a GPU's buffers have to be for a model. */
import type { GpuNeeds } from '../../gpu/device.js';
import type { LmConfig } from '../../model/config.js';
import type { Model } from '../../model/model.js';
import { bufferBytes, stackOf } from './stack.js';
import { tableNames, tableStack } from './tables.js';

/** What WebGPU promises everywhere: asking for less is asking for nothing. */
const DEFAULT_BINDING = 128 * 1024 * 1024;
const DEFAULT_BUFFER = 256 * 1024 * 1024;

/** The largest buffer is that of all embedding tables, a matrix, or one layer's keys. */
export function gpuNeeds(model: Model, config: LmConfig): GpuNeeds {
  const tables = new Set(tableNames(config));
  const names = [...model.tensors.keys()].filter((name) => !name.startsWith('mimi.') && !tables.has(name));
  const stacks = [tableStack(model, config), ...names.map((name) => stackOf(model, name, [name]))];
  const planes = stacks.flatMap(({ planes }) => planes.map(({ bytes }) => bytes));
  const largest = bufferBytes(Math.max(...planes, config.context * config.dim * 2));
  return {
    maxStorageBufferBindingSize: Math.max(DEFAULT_BINDING, largest),
    maxBufferSize: Math.max(DEFAULT_BUFFER, largest),
  };
}
