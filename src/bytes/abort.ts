/** The platform's AbortError, for readers of bytes. */
export { abortError, isAbort } from '../errors.js';
