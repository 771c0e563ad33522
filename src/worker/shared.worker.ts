/** The SharedWorker's script: one engine for every tab and element of an origin. */
import { answerModelQueries } from './model-queries.js';
import { loadEngine } from './load-engine.js';
import { serve } from './serve.js';

serve(globalThis, loadEngine, {}, answerModelQueries());
