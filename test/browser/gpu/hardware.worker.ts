/** The real worker on a fake graphics card. */
import { loadEngine } from '../../../src/worker/load-engine.js';
import { serve } from '../../../src/worker/serve.js';
import { HARDWARE, pretend } from './pretend.js';

pretend(HARDWARE);
// It is as slow as a software adapter is.
serve(globalThis, loadEngine, { mostStepMs: Infinity });
