/** Predictions of the speed on a GPU, made before the model is downloaded. */
import { assert } from '@open-wc/testing';
import { predict } from '../../../src/engine/probe/predict.js';
import { predictOnGpu } from '../../../src/engine/probe/probe.js';
import { STT_1B } from '../../../src/model/published.js';

describe('a prediction on a GPU', function () {
  this.timeout(600_000);

  it('times two layers of the published size, and all of the codec that runs beside them', async () => {
    const { backend, frameMs, stepMs, rtf } = await predictOnGpu(STT_1B);
    assert.strictEqual(backend, 'webgpu');
    assert.isTrue(Number.isFinite(stepMs) && stepMs > 0, `${stepMs} ms a step`);
    assert.closeTo(rtf, Math.max(frameMs, stepMs) / 80, 1e-9);
  });

  it('chooses the CPU where the GPU is too slow for speech, and says why', async () => {
    const predicted = await predict(true, ['webgpu', 'wasm']);
    // Chromium's software adapter takes seconds.
    assert.strictEqual(predicted?.backend, 'wasm');
    assert.include(predicted?.whyNot ?? '', 'too slow for speech');
  });
});
