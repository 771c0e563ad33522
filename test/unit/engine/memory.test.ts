/** WebAssembly memory of a model: the estimate before loading, and errors when memory runs out. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openModelFromPath } from '../../../src/cli/open-model-from-path.js';
import { Engine } from '../../../src/engine/engine.js';
import { memoryForBytes, memoryForModel } from '../../../src/engine/backends.js';
import { SttError } from '../../../src/errors.js';
import type { HelpMessage } from '../../../src/wasm/pool.js';
import { limitedMemory } from '../wasm/limited-memory.js';
import { sourceHelpers } from '../wasm/source-helpers.js';

const folder = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}/`, import.meta.url));
const isOutOfMemory = (error: unknown): boolean => error instanceof SttError && error.code === 'out-of-memory';
const ignore = (): void => undefined;

describe('the memory of a model', () => {
  for (const name of ['demo', 'case-a', 'case-odd'])
    it(`is reserved at once, so that loading and one stream never grow it: ${name}`, async () => {
      const model = await openModelFromPath(folder(name));
      const { create, asked } = limitedMemory(2 ** 32);
      let grown = 0;
      const engine = await Engine.load(model, {
        backend: 'wasm',
        createMemory: (descriptor) => {
          const memory = create(descriptor);
          const grow = memory.grow.bind(memory);
          memory.grow = (pages) => (grown++, grow(pages));
          return memory;
        },
      });
      engine.open(ignore);
      assert.equal(grown, 0);
      assert.equal(asked.length, 1);
      const needed = memoryForModel(model, 'wasm');
      assert.ok(
        needed >= engine.memoryBytes && needed - engine.memoryBytes < 45 * 2 ** 20,
        `${needed}, ${engine.memoryBytes}`,
      );
      assert.ok(memoryForModel(model, 'webgpu') < needed);
      engine.dispose();
    });

  it('is a share of the file size on the CPU, and a smaller share on a GPU', () => {
    assert.deepEqual(
      [memoryForBytes(1000, 'wasm'), memoryForBytes(1000, 'webgpu'), memoryForBytes(1000, 'wasm', 'official')],
      [1250, 330, 1000],
    );
  });
});

describe('a model that runs out of memory', () => {
  for (const threads of [1, 2])
    it(`rejects with out-of-memory while loading and stops its threads: ${threads}`, async () => {
      const model = await openModelFromPath(folder('demo'));
      const { create, asked } = limitedMemory(4 * 2 ** 20);
      const helpers = sourceHelpers(threads);
      let ended = 0;
      const counted = helpers && {
        ...helpers,
        start: (...args: Parameters<typeof helpers.start>) => {
          const helper = helpers.start(...args);
          return {
            post: (message: HelpMessage) => helper.post(message),
            terminate: () => {
              ended++;
              helper.terminate();
            },
          };
        },
      };
      const options = { backend: 'wasm', createMemory: create, helpers: counted } as const;
      await assert.rejects(Engine.load(model, options), isOutOfMemory);
      assert.equal(ended, threads - 1);
      assert.ok(asked.length > 1, 'what was refused at once was tried in steps');
    });

  it('fails only the stream for which memory is missing', async () => {
    const model = await openModelFromPath(folder('demo'));
    const { create } = limitedMemory(memoryForModel(model, 'wasm') + 2 ** 17);
    const engine = await Engine.load(model, { backend: 'wasm', createMemory: create });
    const sessions = [];
    let failure: unknown;
    try {
      for (let i = 0; i < 1000; i++) sessions.push(engine.open(ignore));
    } catch (cause) {
      failure = cause;
    }
    assert.ok(isOutOfMemory(failure), String(failure));
    assert.ok(sessions.length > 0);
    assert.equal(engine.sessions, sessions.length);
    const before = engine.memoryBytes;
    for (let i = 0; i < 3; i++) assert.throws(() => engine.open(ignore), isOutOfMemory);
    assert.equal(engine.memoryBytes, before, 'what fails takes nothing');
    sessions.pop()?.abort();
    engine.open(ignore);
    engine.dispose();
  });
});
