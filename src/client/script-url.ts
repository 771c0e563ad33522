/** Converts a worker script's URL to one that `new Worker` accepts: handles other origins and Trusted Types. */

/** URL of the importing module by script URL, so that all elements of a page connect to the same SharedWorker. */
const importers = new Map<string, string>();

/** The part of Trusted Types that is used here; this version of the DOM library lacks types for it. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

/** Under `require-trusted-types-for 'script'` the Worker constructors accept only values created by a policy. */
const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
let policy: ReturnType<TrustedTypes['createPolicy']> | undefined;

/**
 * Browsers start workers only from the page's origin, but a module of that origin may import from another (a CDN).
 * A page whose Content Security Policy lists the allowed `trusted-types` must include `kyutai-stt`.
 */
export function scriptUrl(url: string): string {
  const own = isForeign(url) ? importerOf(url) : url;
  // Created once per page: a second policy of the same name is refused if the page lists names.
  policy ??= trustedTypes?.createPolicy('kyutai-stt', { createScriptURL: (trusted) => trusted });
  return policy?.createScriptURL(own) ?? own;
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
