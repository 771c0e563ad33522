/** The package's worker under the address of this page's service worker, so that its requests are answered offline too. */
import '../dist/shared.worker.js';
