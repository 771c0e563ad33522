/** Loads an engine with backend auto on a fake graphics card, and never finishes its first shader, as if it crashed the browser. */
import { Engine } from '../../../src/engine/engine.js';
import { openModelFromUrl } from '../../../src/model/open-model-url.js';
import { intercept } from './intercept.js';
import { HARDWARE, pretend } from './pretend.js';

pretend(HARDWARE);
intercept(GPUDevice.prototype, 'createComputePipelineAsync', () => {
  postMessage('compiling');
  return new Promise(() => undefined);
});
const model = await openModelFromUrl({ url: new URL('/models/demo-en_fr-q4_0.gguf', location.origin).href });
await Engine.load(model);
