/** The package's worker, with its GPU memory on the books. */
import './gpu-ledger.js';
import '../dist/shared.worker.js';
