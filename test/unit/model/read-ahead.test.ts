import './transfer.js';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openModelFromPath } from '../../../src/cli/open-model-from-path.js';
import type { Model, TensorInfo } from '../../../src/model/model.js';
import { readAhead } from '../../../src/model/read-ahead.js';
import { release } from '../../../src/bytes/release.js';
import { DEMO_GGUF } from './crafted-files.js';
import { isReleased } from './transfer.js';

const demo = await openModelFromPath(fileURLToPath(DEMO_GGUF));
const names = [...demo.tensors.keys()];

/** The demo model, and the names of the tensors that were read from it. */
function watched(): { model: Model; reads: string[] } {
  const reads: string[] = [];
  const readTensorSlice: Model['readTensorSlice'] = (name, offset, length) => {
    reads.push(name);
    return demo.readTensorSlice(name, offset, length);
  };
  return { model: { ...demo, readTensorSlice }, reads };
}

describe('readAhead', () => {
  it('returns every tensor unchanged, whole, in slices and decoded', async () => {
    const { model, reads } = watched();
    const ahead = readAhead(model);
    for (const name of names) assert.deepEqual(await ahead.readTensor(name), await demo.readTensor(name), name);
    assert.equal(reads.length, names.length, 'each is read once');
    const [name = ''] = names;
    assert.deepEqual(await ahead.readTensorSlice(name, 18, 180), await demo.readTensorSlice(name, 18, 180));
    assert.deepEqual(await ahead.readTensorF32(name), await demo.readTensorF32(name));
  });

  it('reads the next tensors before they are requested', async () => {
    const { model, reads } = watched();
    await readAhead(model).readTensor(names[3] ?? '');
    assert.ok(reads.includes(names[4] ?? '') && reads.includes(names[9] ?? ''));
    assert.ok(!reads.includes(names[2] ?? ''), 'earlier tensors are not read');
  });

  it('reports progress up to the total, and counts a tensor once even if it is read twice', async () => {
    const reports: [number, number][] = [];
    const ahead = readAhead(demo, { onProgress: (done, total) => reports.push([done, total]) });
    for (const name of [...names, ...names]) await ahead.readTensor(name);
    const total = [...demo.tensors.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    assert.deepEqual(reports.at(-1), [total, total]);
    assert.ok(reports.every(([done], i) => done > (reports[i - 1]?.[0] ?? 0)));
    assert.ok(reports.length <= 201);
  });

  it('rejects only the read of a tensor that failed, and tries again at the next read', async () => {
    let broken = true;
    const readTensorSlice: Model['readTensorSlice'] = (name, offset, length) =>
      name === names[1] && broken ? Promise.reject(new Error('damaged')) : demo.readTensorSlice(name, offset, length);
    const ahead = readAhead({ ...demo, readTensorSlice });
    await ahead.readTensor(names[0] ?? '');
    await assert.rejects(ahead.readTensor(names[1] ?? ''), /damaged/);
    broken = false;
    assert.deepEqual(await ahead.readTensor(names[1] ?? ''), await demo.readTensor(names[1] ?? ''));
  });

  it('rejects reads once aborted', async () => {
    const controller = new AbortController();
    const ahead = readAhead(demo, { signal: controller.signal });
    await ahead.readTensor(names[0] ?? '');
    controller.abort();
    await assert.rejects(ahead.readTensor(names[0] ?? ''), { name: 'AbortError' });
  });

  describe('with a tensor larger than one piece', () => {
    const MiB = 1024 * 1024;
    const bytes = Uint8Array.from({ length: 9 * MiB }, (_, i) => (i * 7) ^ (i >> 13));
    const info = (name: string, byteLength: number): [string, TensorInfo] => [
      name,
      { name, shape: [byteLength / 4], type: 'f32', byteLength, file: 'made.gguf' },
    ];
    const tensors = new Map([info('a', bytes.length), info('b', MiB)]);

    function recorded(): { ahead: Model; read: Uint8Array[] } {
      const read: Uint8Array[] = [];
      const readTensorSlice: Model['readTensorSlice'] = (_name, offset, length) => {
        const slice = bytes.slice(offset, offset + length);
        read.push(slice);
        return Promise.resolve(slice);
      };
      return { ahead: readAhead({ ...demo, tensors, readTensorSlice }), read };
    }

    it('releases each piece once it is copied into a slice', async () => {
      const { ahead, read } = recorded();
      assert.deepEqual(await ahead.readTensor('a'), bytes);
      const b = await ahead.readTensor('b');
      assert.deepEqual(b, bytes.subarray(0, MiB));
      assert.deepEqual(read.map(isReleased), [true, true, true, false]);
      assert.equal(read[3], b, 'a piece returned without a copy belongs to the caller');
    });

    it('does not release a piece that another read still needs or has returned', async () => {
      const { ahead } = recorded();
      const requested: [number, number][] = [
        [0, 5 * MiB],
        [3 * MiB, 4 * MiB],
        [MiB, 8 * MiB],
        [4 * MiB, 4 * MiB],
        [4 * MiB, 4 * MiB],
        [2 * MiB, 3 * MiB],
      ];
      const slices = await Promise.all(
        requested.map(async ([offset, length]) => {
          const slice = await ahead.readTensorSlice('a', offset, length);
          const copy = slice.slice();
          release(slice); // as the backends do
          return copy;
        }),
      );
      requested.forEach(([offset, length], i) =>
        assert.deepEqual(slices[i], bytes.subarray(offset, offset + length), `${i}`),
      );
    });
  });
});
