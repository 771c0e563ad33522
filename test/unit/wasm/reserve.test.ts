/** WebAssembly memory that is refused: at once, in part, or when it should grow. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SttError } from '../../../src/errors.js';
import { Arena } from '../../../src/wasm/arena.js';
import { createWasmHost, supportedBuilds } from '../../../src/wasm/host.js';
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
  it('asks once for what is there, and holds nothing of it', () => {
    const { create, asked } = limitedMemory(64 * MB);
    assert.ok(reservable(64 * MB - 5, create) >= 64 * MB - 5);
    assert.deepEqual(asked, [{ initial: 1024 }]);
  });

  it('says how many eighths of it there are, and stops asking', () => {
    const { create, asked } = limitedMemory(20 * MB);
    assert.equal(reservable(64 * MB, create), 16 * MB);
    assert.equal(asked.length, 7);
    assert.equal(reservable(64 * MB, limitedMemory(0).create), 0);
  });

  it('takes whatever a browser throws for a refusal', () => {
    for (const thrown of [new RangeError('Out of memory'), 'out of memory', new Error('failed')]) {
      const create: CreateMemory = () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- as Firefox does
        throw thrown;
      };
      assert.equal(reservable(MB, create), 0);
    }
  });

  it('does not ask for more than wasm32 can address', () => {
    const { create, asked } = limitedMemory(Infinity, () => PAGE_BYTES);
    reservable(5e9, create);
    assert.ok(asked.every(({ initial }) => initial <= MAX_PAGES));
  });

  it('is an SttError with both numbers where it has to be there', () => {
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

describe('memory for the kernels', () => {
  it('is reserved at once, or grows where so much is refused', () => {
    assert.equal(growableMemory(1, 100, limitedMemory(Infinity).create).buffer.byteLength, 100 * PAGE_BYTES);
    assert.equal(growableMemory(1, 100, limitedMemory(50 * PAGE_BYTES).create).buffer.byteLength, PAGE_BYTES);
    assert.equal(growableMemory(2, 1, limitedMemory(Infinity).create).buffer.byteLength, 2 * PAGE_BYTES);
    assert.throws(
      () => growableMemory(1, 100, limitedMemory(0).create),
      (error) => error instanceof SttError && error.code === 'out-of-memory',
    );
  });

  it('that threads share asks for less address space where it does not get all', () => {
    const limited = (pages: number): CreateMemory => {
      const { create } = limitedMemory(pages * PAGE_BYTES, ({ initial, maximum = initial }) => maximum * PAGE_BYTES);
      return create;
    };
    const maximumOf = (pages: number): number | undefined => sharedMemory(1, 100, limited(pages))?.maximum;
    assert.deepEqual([MAX_PAGES, 300, 150, 50].map(maximumOf), [MAX_PAGES, 200, 100, undefined]);
  });

  it('serves one thread where none can be shared', async () => {
    const { create } = limitedMemory(2 ** 40, ({ shared }) => (shared === true ? Infinity : 0));
    const host = await createWasmHost({ build: 'simd', helpers: sourceHelpers(2), createMemory: create });
    assert.equal(host.pool, undefined);
    assert.match(host.fewerThreads ?? '', /too little memory/);
    assert.ok(!(host.arena.memory.buffer instanceof SharedArrayBuffer));
  });

  it('that is shared grows to its smaller maximum and no further, with an SttError', async () => {
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

  it('takes the needed pages where the browser refuses a whole step, whatever it throws', () => {
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

  it('has no build at all where the browser has no WebAssembly, as in lockdown mode', async () => {
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

describe('an SttError of something else that was thrown', () => {
  it('is out-of-memory where the browser ran out of memory', () => {
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
