/** Where the demo's server finds its files: only what the page needs, never the whole working tree. */
import { fileURLToPath } from 'node:url';

/**
 * @param {string} [base] URL prefix of everything, such as `/some/folder/`
 * @returns {Record<string, string>} for `startServer`
 */
export function demoMounts(base = '/') {
  const folder = (name) => fileURLToPath(new URL(`../${name}/`, import.meta.url));
  return { [`${base}demo/`]: folder('demo'), [`${base}dist/`]: folder('dist') };
}
