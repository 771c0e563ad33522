/** The package's worker under the address of this page's service worker, so that its requests work offline too. */
import '../dist/shared.worker.js';
