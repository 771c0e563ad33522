/** Makes a worker's script startable wherever it is. */

/** URLs of the modules that import a script from elsewhere, so that every element of a page asks for the same SharedWorker. */
const importers = new Map<string, string>();

/** A browser starts workers only from its own origin; a module of that origin may import from another one (a CDN). */
export function scriptUrl(url: string): string {
  if (!isForeign(url)) return url;
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
