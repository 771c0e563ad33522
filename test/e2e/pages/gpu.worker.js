/** The package's worker, with its GPU allocations counted. */
import './gpu-ledger.js';
import '../dist/shared.worker.js';
