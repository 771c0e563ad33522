/** Resolves the `model` option of a page to the location of the model's files. */
import { SttError } from '../errors.js';
import type { ModelLocation } from '../protocol/model.js';
import { HUB, whyNotFetched } from '../protocol/urls.js';
import { asFolder } from './assets.js';
import { MODEL_NAMES, namedModel } from './model-registry.js';

const ACCEPTED = `a name (${MODEL_NAMES.join(', ')}), owner/repo[@revision], the URL of a .gguf file, of a manifest.json, or of a folder that holds a config.json (starting with "/", "./", "../" or a scheme)`;

/** `owner/repo` with an optional revision: a branch, a tag or a commit. */
const REPOSITORY = /^([\w-][\w.-]*\/[\w-][\w.-]*)(?:@([\w.-][\w./-]*))?$/;

/**
 * Locates `model`. Relative URLs are resolved against `base`, the page: a worker would resolve them against its script.
 * `hub` is the URL of a mirror that uses the hub's paths; empty for the hub itself. `assets` as in `SttClientOptions`.
 * Throws `invalid-argument` unless `model` is a known name, a repository or a URL.
 */
export function locateModel(model: string, base: string, hub = '', assets = ''): ModelLocation {
  const name = model.trim();
  const mirror = hub === '' ? HUB : asFolder(parse(hub, base, 'base-url')).href;
  const known = namedModel(name, mirror, assets);
  if (known) return known;
  if (/^(\.{0,2}\/|[a-z][a-z0-9+.-]*:)/i.test(name) || /\.(gguf|json)$|\/$/i.test(name)) {
    const url = parse(name, base, 'model');
    return { url: (/\.(gguf|json)$/i.test(url.pathname) ? url : asFolder(url)).href };
  }
  const [, repo, revision = 'main'] = REPOSITORY.exec(name) ?? [];
  if (repo !== undefined) return { hub: mirror, repo, revision };
  throw new SttError('invalid-argument', `The model ${JSON.stringify(model)} is not known: expected ${ACCEPTED}.`);
}

function parse(url: string, base: string, what: string): URL {
  const expected = what === 'model' ? ACCEPTED : 'the URL of a mirror of the hub';
  const wrong = (why: string, cause?: unknown): SttError =>
    new SttError('invalid-argument', `${what} ${JSON.stringify(url)} ${why}: expected ${expected}.`, { cause });
  let parsed: URL;
  try {
    parsed = new URL(url, base);
  } catch (cause) {
    throw wrong('is not a valid URL', cause);
  }
  // A relative URL has them from the page's own address, and browsers do not send those either.
  if (!URL.canParse(url)) parsed.username = parsed.password = '';
  const why = whyNotFetched(parsed);
  if (why !== undefined) throw wrong(`cannot work (${why})`);
  return parsed;
}
