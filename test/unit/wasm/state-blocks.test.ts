import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SttError } from '../../../src/errors.js';
import { StateLayout } from '../../../src/wasm/state-blocks.js';

describe('StateLayout', () => {
  it('rejects a state that is larger than WebAssembly’s memory', () => {
    const layout = new StateLayout(0);
    layout.words(2 ** 29);
    assert.throws(
      () => layout.words(2 ** 30),
      (error) => error instanceof SttError && error.code === 'out-of-memory',
    );
  });
});
