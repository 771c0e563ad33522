/** Makes a worker's script startable wherever it is. */

/** URLs of the modules that import a script from elsewhere, so that every element of a page asks for the same SharedWorker. */
const importers = new Map<string, string>();

/** The part of Trusted Types that is used here; this version of the DOM library does not know them. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

/** Under `require-trusted-types-for 'script'` a worker starts only from what a policy has made; elsewhere from any string. */
const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
let policy: ReturnType<TrustedTypes['createPolicy']> | undefined;

/**
 * A browser starts workers only from its own origin; a module of that origin may import from another one (a CDN).
 * A page whose policy names those it allows has to name `kyutai-stt` among them.
 */
export function scriptUrl(url: string): string {
  const own = isForeign(url) ? importerOf(url) : url;
  // Once for each page: a second policy of the same name is refused where names are listed.
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

/** A blob, which most content security policies let through; but Chromium starts no module from one in a sandboxed frame. */
function importerUrl(code: string): string {
  if (self.origin === 'null') return `data:text/javascript,${encodeURIComponent(code)}`;
  return URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
}

/** By `self.origin`, which is `null` in a sandboxed frame, where `location.origin` still names the host. */
export function isForeign(url: string): boolean {
  return new URL(url).origin !== self.origin;
}
