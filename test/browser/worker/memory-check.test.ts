/** A real worker with too little WebAssembly memory rejects a model before its download. */
import { assert } from '@open-wc/testing';
import { available, installed, SttClient, type SttError } from '../../../src/client/index.js';

const MODEL = '/models/demo-en_fr-q4_0.gguf?memory-check';
const LIMIT = 4 * 2 ** 20; // bytes, less than the model needs

/** The URL of a worker script in which a WebAssembly memory has at most `LIMIT` bytes. */
function scriptWithLittleMemory(): string {
  const worker = new URL('/src/worker/dedicated.worker.js', location.href).href;
  const script = `
    import ${JSON.stringify(worker)};
    const { Memory } = WebAssembly;
    WebAssembly.Memory = function (descriptor) {
      if (descriptor.initial * 65536 > ${LIMIT}) throw new RangeError('could not allocate memory');
      return new Memory(descriptor);
    };
  `;
  return URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
}

describe('a worker with too little WebAssembly memory', () => {
  const workerSrc = scriptWithLittleMemory();
  after(() => URL.revokeObjectURL(workerSrc));

  it('rejects a model with both sizes and stores no part of it', async () => {
    const client = new SttClient({ model: MODEL, worker: 'dedicated', backend: 'wasm', workerSrc });
    const error = await client.load().then(
      () => undefined,
      (cause: unknown) => cause as SttError,
    );
    client.close();
    assert.strictEqual(error?.code, 'out-of-memory');
    const [, needed, got] = /needs (\d+) bytes of WebAssembly memory, got (\d+)/.exec(error?.message ?? '') ?? [];
    assert.isAbove(Number(needed), LIMIT);
    assert.isAtMost(Number(got), LIMIT);
    const entry = (await installed()).find(({ model }) => model.includes('memory-check'));
    assert.strictEqual(entry?.storedBytes ?? 0, 0);
  });

  it('does not affect other workers', async () => {
    const { status, memoryBytes } = await available({ model: MODEL, backend: 'wasm', probe: false });
    assert.strictEqual(status, 'downloadable');
    assert.isUndefined(memoryBytes);
  });
});
