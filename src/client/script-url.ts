/** Converts a worker script's URL to one that `new Worker` accepts: handles other origins and Trusted Types. */

import { SttError } from '../errors.js';

/** URL of the importing module by script URL, so that all elements of a page connect to the same SharedWorker. */
const importers = new Map<string, string>();

/** The part of Trusted Types that is used here; this version of the DOM library lacks types for it. */
interface TrustedTypes {
  createPolicy(name: string, rules: Readonly<Record<keyof Policy, (text: string) => string>>): Policy;
}

interface Policy {
  createScriptURL(url: string): string;
  createHTML(html: string): string;
}

/**
 * The page's one policy `kyutai-stt`: a second one of the same name is refused if the page lists names, so all copies of the
 * package share it. The copy of Lit in the script-tag bundles uses it for its templates (rollup.config.mjs).
 */
const POLICY = Symbol.for('kyutai-stt.trusted-types');

function policy(): Policy | undefined {
  const page = globalThis as { trustedTypes?: TrustedTypes; [POLICY]?: Policy | undefined };
  try {
    page[POLICY] ??= page.trustedTypes?.createPolicy('kyutai-stt', {
      createScriptURL: (url) => url,
      createHTML: (text) => text,
    });
  } catch (cause) {
    const expected = "expected 'kyutai-stt' in the page's trusted-types directive";
    throw SttError.from(cause, `The Trusted Types policy was refused; ${expected}`, 'blocked-by-policy');
  }
  return page[POLICY];
}

/**
 * Browsers start workers only from the page's origin, but a module of that origin may import from another (a CDN).
 *
 * Under `require-trusted-types-for 'script'` the Worker constructors accept only values created by a policy. Ours vouches
 * for scripts of the page's origin and of this script's: any other URL may come from injected markup (`worker-src`). It stays
 * a string, which the browser refuses there.
 */
export function scriptUrl(url: string): string {
  const own = isForeign(url) ? importerOf(url) : url;
  return isTrusted(url) ? (policy()?.createScriptURL(own) ?? own) : own;
}

/** `data:` and `file:` URLs have the origin `null`, as sandboxed frames have. */
function isTrusted(url: string): boolean {
  const { origin } = new URL(url);
  return origin !== 'null' && [self.origin, scriptOrigin()].includes(origin);
}

/** Undefined in a script that a bundler made without modules. */
function scriptOrigin(): string | undefined {
  const address = import.meta.url as string | undefined;
  return address === undefined ? undefined : new URL(address).origin;
}

function importerOf(url: string): string {
  const known = importers.get(url);
  if (known) return known;
  const importer = importerUrl(`import ${JSON.stringify(url)};`);
  importers.set(url, importer);
  return importer;
}

/** A blob URL, as most policies allow; a data URL in sandboxed frames, where Chromium blocks modules from blobs. */
function importerUrl(code: string): string {
  if (self.origin === 'null') return `data:text/javascript,${encodeURIComponent(code)}`;
  return URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
}

/** Compares with `self.origin`, which is `null` in a sandboxed frame, where `location.origin` still names the host. */
export function isForeign(url: string): boolean {
  return new URL(url).origin !== self.origin;
}
