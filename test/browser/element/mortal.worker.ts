/** Like fake.worker.ts, but dies when a test asks for it: a page cannot terminate a SharedWorker. */
import { serve } from '../../../src/worker/serve.js';
import { loadFakeEngine } from '../../unit/worker/fake-engine.js';

serve(globalThis, loadFakeEngine);
new BroadcastChannel(location.href).onmessage = () => close();
