/** A worker with the real hosting code and a fake engine: element tests need no model. */
import { serve } from '../../../src/worker/serve.js';
import { loadFakeEngine } from '../../unit/worker/fake-engine.js';

serve(globalThis, loadFakeEngine);
