import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SttError } from '../../../src/errors.js';
import { createWasmHost } from '../../../src/wasm/host.js';
import {
  growableMemory,
  MAX_PAGES,
  PAGE_BYTES,
  requireMemory,
  reservable,
  sharedMemory,
  type CreateMemory,
} from '../../../src/wasm/reserve.js';
import { sourceHelpers } from './source-helpers.js';
import { limitedMemory } from './limited-memory.js';

const MB = 2 ** 20;

describe('reservable', () => {
  it('asks once if all of it is available', () => {
    const { create, asked } = limitedMemory(64 * MB);
    assert.ok(reservable(64 * MB - 5, create) >= 64 * MB - 5);
    assert.deepEqual(asked, [{ initial: 1024 }]);
  });

  it('returns the eighths of it that are available, and stops asking', () => {
    const { create, asked } = limitedMemory(20 * MB);
    assert.equal(reservable(64 * MB, create), 16 * MB);
    assert.equal(asked.length, 7);
    assert.equal(reservable(64 * MB, limitedMemory(0).create), 0);
  });

  it('treats anything a browser throws as a refusal', () => {
    for (const thrown of [new RangeError('Out of memory'), 'out of memory', new Error('failed')]) {
      const create: CreateMemory = () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- as Firefox does
        throw thrown;
      };
      assert.equal(reservable(MB, create), 0);
    }
  });

  it('never asks for more than wasm32 can address', () => {
    const { create, asked } = limitedMemory(Infinity, () => PAGE_BYTES);
    reservable(5e9, create);
    assert.ok(asked.every(({ initial }) => initial <= MAX_PAGES));
  });

  it('fails requireMemory with an SttError that contains both numbers', () => {
    requireMemory('small', MB, limitedMemory(MB).create);
    assert.throws(
      () => requireMemory('large', 971_000_000, limitedMemory(256 * MB).create),
      (error) =>
        error instanceof SttError &&
        error.code === 'out-of-memory' &&
        /large: needs 971000000 bytes of WebAssembly memory, got 24\d{7} /.test(error.message),
    );
  });
});

describe('memory of the kernels', () => {
  it('is reserved at once, or starts small if that is refused', () => {
    assert.equal(growableMemory(1, 100, limitedMemory(Infinity).create).buffer.byteLength, 100 * PAGE_BYTES);
    assert.equal(growableMemory(1, 100, limitedMemory(50 * PAGE_BYTES).create).buffer.byteLength, PAGE_BYTES);
    assert.equal(growableMemory(2, 1, limitedMemory(Infinity).create).buffer.byteLength, 2 * PAGE_BYTES);
    assert.throws(
      () => growableMemory(1, 100, limitedMemory(0).create),
      (error) => error instanceof SttError && error.code === 'out-of-memory',
    );
  });

  it('declares a smaller maximum for shared memory if the largest is refused', () => {
    const limited = (pages: number): CreateMemory => {
      const { create } = limitedMemory(pages * PAGE_BYTES, ({ initial, maximum = initial }) => maximum * PAGE_BYTES);
      return create;
    };
    const maximumOf = (pages: number): number | undefined => sharedMemory(1, 100, limited(pages))?.maximum;
    assert.deepEqual([MAX_PAGES, 300, 150, 50].map(maximumOf), [MAX_PAGES, 200, 100, undefined]);
  });

  it('lets shared memory grow to its smaller maximum; beyond it fails with an SttError', async () => {
    const { create } = limitedMemory(300 * PAGE_BYTES, ({ initial, maximum = initial }) => maximum * PAGE_BYTES);
    const host = await createWasmHost({
      ...{ build: 'simd', helpers: sourceHelpers(2), createMemory: create },
      reserveBytes: 100 * PAGE_BYTES,
    });
    try {
      assert.ok(host.pool);
      host.arena.alloc(150 * PAGE_BYTES, 'fits');
      assert.throws(
        () => host.arena.alloc(60 * PAGE_BYTES, 'does not'),
        (error) => error instanceof SttError && error.code === 'out-of-memory',
      );
    } finally {
      host.pool?.stop();
    }
  });
});

describe('SttError.from', () => {
  it('reports out-of-memory for the errors that browsers throw when memory runs out', () => {
    const internal = Object.assign(new Error('allocation size overflow'), { name: 'InternalError' });
    for (const cause of [
      new RangeError('Array buffer allocation failed'),
      new RangeError('WebAssembly.Memory(): could not allocate memory'),
      new RangeError('WebAssembly.Memory.grow(): Maximum memory size exceeded'),
      new RangeError('Out of memory'),
      internal,
      'out of memory',
    ])
      assert.equal(SttError.from(cause, 'loading', 'network').code, 'out-of-memory');
    for (const cause of [new RangeError('offset is out of bounds'), new TypeError('out of memory?'), 'out'])
      assert.equal(SttError.from(cause, 'loading', 'network').code, 'network');
  });
});
