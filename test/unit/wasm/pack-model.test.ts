import '../model/transfer.js';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pack } from '../../../kernels/reference/pack.js';
import { loadMatrix, loadMatrixF32, loadRaw, loadVector } from '../../../src/wasm/pack-model.js';
import { packedQuantBytes } from '../../../src/wasm/pack.js';
import { createWasmHost } from '../../../src/wasm/host.js';
import type { Model } from '../../../src/model/model.js';
import { LONG, madeModel } from '../lm/webgpu/made-model.js';
import { isReleased } from '../model/transfer.js';

const HEAD = 'text_linear.weight';
const MB = 2 ** 20;

describe('loading of weights into WASM memory', () => {
  for (const type of ['q4_0', 'q8_0'] as const) {
    it(`packs ${type} like the reference, and never reads a whole tensor`, async () => {
      const { model, file, offsets, reads } = madeModel(LONG, () => type);
      const host = await createWasmHost({ build: 'simd' });
      const { weights, N, K } = await loadMatrix(host, model, HEAD);
      const at = offsets.get(HEAD)!;
      const expected = pack(type, file.subarray(at, at + model.tensors.get(HEAD)!.byteLength), N, K);
      assert.equal(Buffer.compare(host.arena.u8.subarray(weights, weights + expected.length), expected), 0);
      assert.ok(reads.length > 1);
      assert.ok(Math.max(...reads) <= 4 * MB, `reads of ${reads.join(', ')} bytes`);
    });
  }

  it('copies unpacked weights in windows', async () => {
    const { model, file, offsets, reads } = madeModel(LONG, () => 'bf16');
    const host = await createWasmHost({ build: 'simd' });
    const at = await loadRaw(host, model, HEAD);
    const from = offsets.get(HEAD)!;
    const { byteLength } = model.tensors.get(HEAD)!;
    const expected = file.subarray(from, from + byteLength);
    assert.equal(Buffer.compare(host.arena.u8.subarray(at, at + byteLength), expected), 0);
    assert.ok(Math.max(...reads) <= 4 * MB, `reads of ${reads.join(', ')} bytes`);
  });

  it('reuses one window for matrices of all widths', async () => {
    const { model } = madeModel(LONG, () => 'q4_0');
    const host = await createWasmHost({ build: 'simd' });
    const matrices = [...model.tensors.values()].filter(({ shape, type }) => type === 'q4_0' && shape.length === 2);
    assert.ok(new Set(matrices.map(({ shape }) => shape[1])).size > 1);
    const before = host.arena.bytes;
    let packed = 0;
    for (const { name } of matrices) {
      const { N, K, type } = await loadMatrix(host, model, name);
      assert.equal(type, 'q4_0');
      packed += packedQuantBytes('q4_0', N, K) + 128; // its margin
    }
    assert.ok(
      host.arena.bytes - before - packed <= 4 * MB + 128,
      `${host.arena.bytes - before - packed} bytes of buffers`,
    );
  });

  it('releases every buffer that it reads', async () => {
    const { model } = madeModel(LONG, () => 'q8_0');
    const host = await createWasmHost({ build: 'simd' });
    const buffers: (Uint8Array | Float32Array)[] = [];
    const recorded = <T extends Uint8Array | Float32Array>(bytes: T): T => {
      buffers.push(bytes);
      return bytes;
    };
    const readTensorSlice: Model['readTensorSlice'] = async (...of) => recorded(await model.readTensorSlice(...of));
    const readTensorF32: Model['readTensorF32'] = async (name) => recorded(await model.readTensorF32(name));
    const watched: Model = { ...model, readTensorSlice, readTensorF32 };
    await loadMatrix(host, watched, HEAD);
    await loadRaw(host, watched, HEAD);
    await loadMatrixF32(host, watched, HEAD);
    await loadVector(host, watched, 'out_norm.alpha');
    assert.ok(buffers.length > 5, `${buffers.length} reads`);
    assert.equal(buffers.filter((bytes) => !isReleased(bytes)).length, 0);
  });
});
