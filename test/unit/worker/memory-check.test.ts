/** A model that the browser gives too little memory for is refused before any of it is downloaded. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { namedModel } from '../../../src/client/model-registry.js';
import { memoryStore } from '../../../src/download/memory-store.js';
import { byteLengthIn } from '../../../src/download/cache-index.js';
import { openModelFromUrl } from '../../../src/model/open-model-url.js';
import type { ModelLocation } from '../../../src/protocol/model.js';
import { memoryCheck } from '../../../src/worker/memory-check.js';
import { startHub } from '../../hub/hub.js';
import { publicFiles } from '../../hub/public-files.js';
import { limitedMemory } from '../wasm/limited-memory.js';

const outOfMemory = { code: 'out-of-memory' };

describe('the memory check', () => {
  it('of a named model asks no server', () => {
    const location = namedModel('stt-1b-en_fr', 'http://127.0.0.1:1/');
    assert.ok(location);
    const { create, asked } = limitedMemory(256 * 2 ** 20);
    assert.throws(
      () => memoryCheck(location, 'wasm', create),
      /stt-1b-en_fr: needs 971000000 bytes of WebAssembly memory, got \d+ \(out-of-memory\)/,
    );
    asked.length = 0;
    memoryCheck(location, 'webgpu', create)(669_300_000, 'triple');
    assert.deepEqual(asked.length, 1, 'once');
  });

  it('of any other model comes with the first answer, before its body, and leaves no chunk', async () => {
    const files = await publicFiles();
    let sent = 0;
    const hub = await startHub({ onSent: () => sent++ });
    try {
      hub.put('own.gguf', files.own);
      const store = memoryStore('a test');
      const location: ModelLocation = { url: hub.url('own.gguf') };
      const admit = memoryCheck(location, 'wasm', limitedMemory(2 ** 20).create);
      await assert.rejects(openModelFromUrl(location, { store, admit }), outOfMemory);
      const names = await (await store.bucket(hub.url('own.gguf'))).names();
      assert.deepEqual(
        names.filter((name) => byteLengthIn(name) > 0),
        [],
      );
      // Another attempt, once there is room, works.
      await openModelFromUrl(location, { store, admit: memoryCheck(location, 'wasm', limitedMemory(2 ** 30).create) });
      // One that is in the store is refused as well, and stays.
      const again = memoryCheck(location, 'wasm', limitedMemory(2 ** 20).create);
      await assert.rejects(openModelFromUrl(location, { store, admit: again }), outOfMemory);
      const before = sent;
      await openModelFromUrl(location, { store });
      assert.equal(sent, before);
    } finally {
      await hub.close();
    }
  });
});
