/** Entry point of the SharedWorker: one engine for all tabs and elements of an origin. */
import { handleModelQueries } from './model-queries.js';
import { loadEngine } from './load-engine.js';
import { serve } from './serve.js';

serve(globalThis, loadEngine, {}, handleModelQueries());
