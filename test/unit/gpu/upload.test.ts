/** The queue of writes stays short, however slow the GPU is. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Uploads } from '../../../src/gpu/upload.js';

const MB = 1024 * 1024;

describe('Uploads', () => {
  it('never lets more than 64 MB and a window wait, and waits for the rest at the end', async () => {
    let [written, taken, most] = [0, 0, 0];
    const queue = {
      writeBuffer: (_buffer: unknown, _at: number, _data: unknown, _offset: number, bytes: number): void => {
        written += bytes;
        most = Math.max(most, written - taken);
      },
      submit: (): void => undefined,
      // The GPU takes what was written before this, but only after a while.
      onSubmittedWorkDone: async (): Promise<void> => {
        const before = written;
        await new Promise((resolve) => setTimeout(resolve, 1));
        taken = Math.max(taken, before);
      },
    };
    const uploads = new Uploads({ queue } as unknown as GPUDevice);
    const [buffer, data] = [{} as GPUBuffer, new Uint8Array(4 * MB)];
    for (let i = 0; i < 100; i++) {
      uploads.write(buffer, 0, data, data.byteLength);
      await uploads.room();
    }
    assert.ok(most <= 68 * MB, `${most / MB} MB were under way`);
    assert.ok(most >= 60 * MB, `only ${most / MB} MB were under way: the GPU was left idle`);
    await uploads.done();
    assert.equal(taken, written);
  });
});
