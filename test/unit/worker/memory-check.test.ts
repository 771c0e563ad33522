/** The memory check before the download of a model. */
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
  it('needs no request for a named model', () => {
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

  it('says before any request that stt-2.6b-en as published exceeds WebAssembly, and what does not', () => {
    const location = namedModel('stt-2.6b-en', 'http://127.0.0.1:1/');
    assert.ok(location);
    const { create, asked } = limitedMemory(2 ** 32);
    assert.throws(
      () => memoryCheck(location, 'wasm', create),
      /kyutai\/stt-2\.6b-en.*: needs 5795000000 bytes of WebAssembly memory, which has 4294967296 at most: convert .* GPU \(out-of-memory\)/,
    );
    assert.deepEqual(asked, [], 'none is reserved');
    memoryCheck(location, 'webgpu', create);
    assert.equal(asked.length, 1);
  });

  it('rejects other models at the first response, before its body, and stores no chunk', async () => {
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
      // Another attempt with enough memory succeeds.
      await openModelFromUrl(location, { store, admit: memoryCheck(location, 'wasm', limitedMemory(2 ** 30).create) });
      // A stored model is rejected too, and stays in the store.
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
