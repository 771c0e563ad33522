/** The address of the page, which relative URLs are resolved against. */
import { SttError } from '../errors.js';

/** The error where there is no page, such as on a server; undefined in a page. */
export function whyNoPage(): SttError | undefined {
  if (typeof document !== 'undefined') return undefined;
  return new SttError('unsupported', 'A model needs a page: found no document, as on a server; expected a browser');
}

/** @throws SttError 'unsupported' where there is no page */
export function pageUrl(): string {
  const error = whyNoPage();
  if (error) throw error;
  return document.baseURI;
}
