import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SttError } from '../../../src/errors.js';
import { createWasmHost, supportedBuilds } from '../../../src/wasm/host.js';
import { limitedMemory } from './limited-memory.js';
import { sourceHelpers } from './source-helpers.js';

describe('createWasmHost', () => {
  it('reports its build, and rejects one that this machine cannot run', async () => {
    assert.equal((await createWasmHost({ build: 'simd' })).build, 'simd');
    // Node 20 has relaxed SIMD only behind a flag, which this file does not set.
    const relaxed = createWasmHost({ build: 'relaxed' });
    if (Number(process.versions.node.split('.')[0]) > 20) assert.equal((await relaxed).build, 'relaxed');
    else await assert.rejects(relaxed, (error) => error instanceof SttError && error.code === 'unsupported');
  });

  it('runs on one thread if shared memory cannot be allocated', async () => {
    const { create } = limitedMemory(2 ** 40, ({ shared }) => (shared === true ? Infinity : 0));
    const host = await createWasmHost({ build: 'simd', helpers: sourceHelpers(2), createMemory: create });
    assert.equal(host.pool, undefined);
    assert.match(host.fewerThreads ?? '', /cannot allocate enough shared memory/);
    assert.ok(!(host.arena.memory.buffer instanceof SharedArrayBuffer));
  });

  it('finds no build if the browser lacks WebAssembly, as in lockdown mode', async () => {
    const { WebAssembly: kept } = globalThis;
    Reflect.deleteProperty(globalThis, 'WebAssembly');
    try {
      assert.deepEqual(await supportedBuilds(), []);
      await assert.rejects(createWasmHost(), (error) => error instanceof SttError && error.code === 'unsupported');
    } finally {
      globalThis.WebAssembly = kept;
    }
  });
});
