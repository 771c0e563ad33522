/** The dedicated Worker's script: one engine for every element of a page, where a SharedWorker does not start, or a thread of that. */
import { answerModelQueries } from './model-queries.js';
import { isHelper, serveOwner } from './threads.js';
import { loadEngine } from './load-engine.js';
import { serve } from './serve.js';

if (isHelper()) serveOwner();
else serve(globalThis, loadEngine, {}, answerModelQueries());
