/** Loads an engine with backend auto on a pretended graphics card, and never gets past its first shader, as if that brought the browser down. */
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
