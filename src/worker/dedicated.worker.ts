/** Entry point of the dedicated Worker: one engine for all elements of a page, or a helper thread of such a worker. */
import { handleModelQueries } from './model-queries.js';
import { isHelper, serveOwner } from './threads.js';
import { loadEngine } from './load-engine.js';
import { serve } from './serve.js';

if (isHelper()) serveOwner();
else serve(globalThis, loadEngine, {}, handleModelQueries());
