/** The bytes queued for a slow GPU stay bounded. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Uploads } from '../../../src/gpu/upload.js';

const MB = 1024 * 1024;

describe('Uploads', () => {
  it('queues at most 64 MB and a window, and waits for the rest at the end', async () => {
    let [written, processed, most] = [0, 0, 0];
    const queue = {
      writeBuffer: (_buffer: unknown, _at: number, _data: unknown, _offset: number, bytes: number): void => {
        written += bytes;
        most = Math.max(most, written - processed);
      },
      submit: (): void => undefined,
      // The GPU processes earlier writes, but later.
      onSubmittedWorkDone: async (): Promise<void> => {
        const before = written;
        await new Promise((resolve) => setImmediate(resolve));
        processed = Math.max(processed, before);
      },
    };
    const uploads = new Uploads({ queue } as unknown as GPUDevice);
    const [buffer, data] = [{} as GPUBuffer, new Uint8Array(4 * MB)];
    for (let i = 0; i < 100; i++) {
      uploads.write(buffer, 0, data, data.byteLength);
      await uploads.room();
    }
    assert.ok(most <= 68 * MB, `${most / MB} MB were in flight`);
    assert.ok(most >= 60 * MB, `only ${most / MB} MB were in flight: the GPU was left idle`);
    await uploads.done();
    assert.equal(processed, written);
  });
});
