/** Predictions of a model's speed on the CPU: each model by its own size. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { memorySource } from '../../../src/bytes/memory.js';
import { predict } from '../../../src/engine/probe/predict.js';
import { openModel } from '../../../src/model/open-model.js';
import { DEMO } from '../../../src/model/published.js';

describe('predict', () => {
  it('measures the demo model by its own config, which is the file’s', async () => {
    const bytes = readFileSync(new URL('../../../models/demo-en_fr-q4_0.gguf', import.meta.url));
    const { config } = await openModel({ gguf: memorySource('demo', new Uint8Array(bytes)) });
    assert.deepEqual(config, DEMO);
    const [demo, published] = [await predict(true, ['wasm'], { name: 'demo' }), await predict(true, ['wasm'])];
    assert.ok(demo && published);
    assert.ok(demo.rtf > 0 && demo.rtf < published.rtf / 4, `${demo.rtf} and ${published.rtf}`);
  });

  it('scales by the bytes of an unknown model, and predicts nothing without them', async () => {
    const [small, large] = [
      await predict(true, ['wasm'], { bytes: 8e6 }),
      await predict(true, ['wasm'], { name: 'somebody/else', bytes: 2 * 669.3e6 }),
    ];
    const published = await predict(true, ['wasm']);
    assert.ok(small && large && published);
    assert.ok(small.rtf < published.rtf / 5);
    assert.ok(large.rtf > published.rtf && large.rtf < 2 * published.rtf);
    assert.equal(await predict(true, ['wasm'], {}), undefined);
  });
});
