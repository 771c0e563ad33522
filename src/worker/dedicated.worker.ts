/** The dedicated Worker's script: one engine for every element of a page, where a SharedWorker does not start. */
import { loadEngine } from './load-engine.js';
import { serve } from './serve.js';

serve(globalThis, loadEngine);
