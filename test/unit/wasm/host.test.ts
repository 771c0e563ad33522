import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SttError } from '../../../src/errors.js';
import { Arena } from '../../../src/wasm/arena.js';
import { StateLayout } from '../../../src/wasm/state-blocks.js';
import { createWasmHost } from '../../../src/wasm/host.js';
import { computesKnownAnswer } from '../../../src/wasm/self-test.js';

describe('wasm host', () => {
  it('says which build it is, and refuses one this machine cannot run', async () => {
    assert.equal((await createWasmHost({ build: 'simd' })).build, 'simd');
    // Node 20 hides relaxed SIMD behind a flag that this file does not set; later versions have it.
    const relaxed = createWasmHost({ build: 'relaxed' });
    if (Number(process.versions.node.split('.')[0]) > 20) assert.equal((await relaxed).build, 'relaxed');
    else await assert.rejects(relaxed, (error) => error instanceof SttError && error.code === 'unsupported');
  });

  it('notices an engine that computes a wrong product', async () => {
    const host = await createWasmHost({ build: 'simd' });
    assert.equal(computesKnownAnswer(host.kernels, host.arena), true);
    const { matvec_q4_0 } = host.kernels;
    const broken = {
      ...host.kernels,
      matvec_q4_0: (...args: number[]) => {
        matvec_q4_0(...args);
        host.arena.f32[(args[4] ?? 0) / 4]! += 1;
      },
    };
    assert.equal(computesKnownAnswer(broken, host.arena), false);
  });
});

describe('arena', () => {
  it('keeps its views valid when memory grows, and zeroes what it reuses', () => {
    const arena = new Arena(new WebAssembly.Memory({ initial: 1 }), 0);
    const a = arena.alloc(100, 'a');
    arena.u8.fill(7, a, a + 100);
    arena.alloc(1_000_000, 'b');
    assert.equal(arena.u8[a], 7);
    arena.release(a, 100);
    const bytes = arena.bytes;
    assert.equal(arena.alloc(100, 'c'), a);
    assert.equal(arena.u8[a], 0);
    assert.equal(arena.bytes, bytes);
  });

  it('says how much it needed and had when memory is short', () => {
    const arena = new Arena(new WebAssembly.Memory({ initial: 1, maximum: 2 }), 0);
    assert.throws(
      () => arena.alloc(1_000_000, 'weights'),
      (error) =>
        error instanceof SttError &&
        error.code === 'out-of-memory' &&
        /weights: needs \d+ bytes of memory, has 65536/.test(error.message),
    );
    assert.throws(() => arena.alloc(5e9, 'weights'), /needs 5\d+ bytes/);
  });
});

describe('a stream’s state', () => {
  it('that no memory can hold is refused before anything is loaded for it', () => {
    const layout = new StateLayout(0);
    layout.words(2 ** 29);
    assert.throws(
      () => layout.words(2 ** 30),
      (error) => error instanceof SttError && error.code === 'out-of-memory',
    );
  });
});
