/** How large a GPU's buffers have to be for a model. */
import type { GpuNeeds } from '../../gpu/device.js';
import type { LmConfig } from '../../model/config.js';
import type { Model } from '../../model/model.js';
import { tensorInfo } from '../../model/tensor-info.js';
import { gpuType, type GpuType } from './weights.js';

/** What WebGPU promises everywhere: asking for less is asking for nothing. */
const DEFAULT_BINDING = 128 * 1024 * 1024;
const DEFAULT_BUFFER = 256 * 1024 * 1024;

/** Bytes of the larger plane of `count` weights. */
function planeBytes(type: GpuType, count: number): number {
  return count * { f32: 4, f16: 2, q8_0: 1, q4_0: 0.5 }[type];
}

/** The largest buffer is that of all embedding tables, a matrix, or one layer's keys. */
export function gpuNeeds(model: Model, config: LmConfig): GpuNeeds {
  const names = [...model.tensors.keys()].filter((name) => !name.startsWith('mimi.'));
  const sizes = names.map((name) => {
    const count = tensorInfo(model, name).shape.reduce((product, n) => product * n, 1);
    return { isTable: /^(text_)?emb\./.test(name), type: gpuType(model, name), count };
  });
  const tables = sizes.filter(({ isTable }) => isTable);
  const shared = tables.every(({ type }) => type === tables[0]?.type) ? (tables[0]?.type ?? 'f32') : 'f32';
  const rows = tables.reduce((sum, { count }) => sum + count, 0);
  const largest = Math.max(
    planeBytes(shared, rows),
    ...sizes.filter(({ isTable }) => !isTable).map(({ type, count }) => planeBytes(type, count)),
    config.context * config.dim * 2,
  );
  return {
    maxStorageBufferBindingSize: Math.max(DEFAULT_BINDING, Math.ceil(largest / 4) * 4),
    maxBufferSize: Math.max(DEFAULT_BUFFER, Math.ceil(largest / 4) * 4),
  };
}
