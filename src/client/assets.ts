/** Where the package's other files are: beside its script, or in the folder that the page names. */
import { SttError } from '../errors.js';
import { pageUrl } from './page-url.js';

/**
 * Each file beside the script. A bundler looks for exactly `new URL('…', import.meta.url)`. It throws in a script without an address of
 * its own: from a `blob:`, or bundled without modules.
 */
const BESIDE = {
  'shared.worker.js': () => new URL('../worker/shared.worker.js', import.meta.url),
  'dedicated.worker.js': () => new URL('../worker/dedicated.worker.js', import.meta.url),
  'capture.worklet.js': () => new URL('../audio/capture.worklet.js', import.meta.url),
  'models/demo-en_fr-q4_0.gguf': () => new URL('../../models/demo-en_fr-q4_0.gguf', import.meta.url),
} as const;

/**
 * The absolute URL of one of the package's files.
 *
 * @param assets URL of a copy of the package's folder `dist`, relative to the page; empty where the files are beside the script
 * @throws SttError 'invalid-argument' if there is no such URL
 */
export function assetUrl(file: keyof typeof BESIDE, assets = ''): string {
  try {
    return assets ? new URL(file, asFolder(new URL(assets, pageUrl()))).href : BESIDE[file]().href;
  } catch (cause) {
    const found = assets ? `found assets ${JSON.stringify(assets)}` : `found a script at ${import.meta.url}`;
    throw new SttError(
      'invalid-argument',
      `The address of ${file} is not known: ${found}; expected \`assets\` to be the URL of a copy of the package’s folder dist`,
      { cause },
    );
  }
}

/** `url` with a slash at its end, so that relative URLs are inside it. */
export function asFolder(url: URL): URL {
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}
