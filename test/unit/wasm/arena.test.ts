import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SttError } from '../../../src/errors.js';
import { Arena } from '../../../src/wasm/arena.js';
import { PAGE_BYTES } from '../../../src/wasm/reserve.js';

describe('arena', () => {
  it('keeps its views valid when memory grows, and zeroes the blocks it reuses', () => {
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

  it('reports the bytes needed and available when memory runs out', () => {
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

  it('grows by the needed pages if the browser refuses a whole step, whatever it throws', () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const grow = memory.grow.bind(memory);
    memory.grow = (pages) => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- as Firefox does
      if (pages > 4) throw 'out of memory';
      return grow(pages);
    };
    const arena = new Arena(memory, 0);
    arena.alloc(3 * PAGE_BYTES, 'fits');
    assert.throws(
      () => arena.alloc(8 * PAGE_BYTES, 'weights'),
      (error) =>
        error instanceof SttError && error.code === 'out-of-memory' && error.message.includes('weights: needs'),
    );
    assert.equal(arena.u8.length, memory.buffer.byteLength);
  });
});
