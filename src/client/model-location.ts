/** From what a page writes in `model` to where the files are. */
import { SttError } from '../errors.js';
import type { ModelLocation } from '../protocol/messages.js';

/** The name of the model that ships with the package: tiny, a few dozen English and French words. */
export const EMBEDDED_MODEL = 'demo';

const ACCEPTED = `"${EMBEDDED_MODEL}", the URL of a .gguf file, or the URL of a folder that holds a config.json (starting with "/", "./", "../" or a scheme)`;

/**
 * Where `model` is. Relative URLs are resolved against `base`, the page: a worker would resolve them against itself.
 * Throws `invalid-argument` for what is neither a known name nor a URL.
 */
export function locateModel(model: string, base: string): ModelLocation {
  const name = model.trim();
  if (name === EMBEDDED_MODEL) return { url: new URL('../../models/demo-en_fr-q4_0.gguf', import.meta.url).href };
  if (!/^(\.{0,2}\/|[a-z][a-z0-9+.-]*:)/i.test(name) && !/\.gguf$/i.test(name)) {
    throw new SttError('invalid-argument', `The model ${JSON.stringify(model)} is not known: expected ${ACCEPTED}.`);
  }
  let url: URL;
  try {
    url = new URL(name, base);
  } catch (cause) {
    throw new SttError(
      'invalid-argument',
      `The model ${JSON.stringify(model)} is not a valid URL: expected ${ACCEPTED}.`,
      { cause },
    );
  }
  if (!/\.gguf$/i.test(url.pathname) && !url.pathname.endsWith('/')) url.pathname += '/';
  return { url: url.href };
}
