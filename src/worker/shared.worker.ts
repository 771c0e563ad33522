/** The SharedWorker's script: one engine for every tab and element of an origin. */
import { desk } from './desk.js';
import { loadEngine } from './load-engine.js';
import { serve } from './serve.js';

serve(globalThis, loadEngine, {}, desk());
