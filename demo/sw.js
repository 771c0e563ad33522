/**
 * A service worker that stores the files of one page, so that the page works without a network. Copy it, list your files,
 * and change VERSION with every deploy: the browser then downloads all of them again.
 *
 * It only responds to requests for the listed files; the package downloads and stores models itself. Its scope has to
 * cover the page and the worker script, because a worker's requests come here only if the worker's URL is in scope; that
 * is why the page starts offline.worker.js.
 */
const VERSION = '0.1.0';

/** Relative to this script. */
const FILES = [
  'offline.html',
  'offline.js',
  'offline.worker.js',
  'demo.css',
  '../dist/kyutai-stt.js',
  '../dist/client.core.js',
  '../dist/speech-recognition.js',
  '../dist/shared.worker.js',
  '../dist/capture.worklet.js',
  '../dist/models/demo-en_fr-q4_0.gguf',
];

/** Other caches of the origin, such as the package's, have other names and are left alone. */
const PREFIX = 'page with <kyutai-stt>, ';
const CACHE = PREFIX + VERSION;
const STORED = new Set(FILES.map((file) => new URL(file, self.location.href).href));

self.addEventListener('install', (event) => event.waitUntil(storeAll()));
self.addEventListener('activate', (event) => event.waitUntil(deleteOthers()));
self.addEventListener('message', ({ data }) => {
  if (data === 'take-over') void self.skipWaiting();
});
self.addEventListener('fetch', (event) => {
  const { method, url } = event.request;
  if (method === 'GET' && STORED.has(addressOf(url))) event.respondWith(respond(event.request));
});

/** Stores all files or none, bypassing the HTTP cache, which may contain the previous version. */
async function storeAll() {
  await addAll();
  if (await hasAll()) return;
  // WebKit, in private windows, resolves without storing names that existed before, until the cache is deleted.
  await caches.delete(CACHE);
  await addAll();
  if (!(await hasAll())) throw new Error(`${CACHE}: the browser does not store its files`);
}

async function addAll() {
  const cache = await caches.open(CACHE);
  await cache.addAll([...STORED].map((url) => new Request(url, { cache: 'reload' })));
}

async function hasAll() {
  const cache = await caches.open(CACHE);
  const found = await Promise.all([...STORED].map((url) => cache.keys(url)));
  return found.every((requests) => requests.length > 0);
}

/** Runs when no page uses the previous version, or a page has requested the new one. */
async function deleteOthers() {
  const names = await caches.keys();
  await Promise.all(
    names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)),
  );
}

async function respond(request) {
  const cache = await caches.open(CACHE);
  const stored = await cache.match(addressOf(request.url));
  // The browser may have evicted it.
  if (stored === undefined) return fetch(request);
  const range = request.headers.get('range');
  return range === null ? stored : partOf(stored, range);
}

/** The requested range of a stored file, as from a server. Several ranges get the whole file. */
async function partOf(stored, range) {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (!first && !last) return stored;
  const blob = await stored.blob();
  const start = first ? Number(first) : Math.max(0, blob.size - Number(last));
  const end = first && last ? Math.min(Number(last), blob.size - 1) : blob.size - 1;
  const headers = new Headers(stored.headers);
  if (start > end) {
    headers.set('content-range', `bytes */${blob.size}`);
    headers.set('content-length', '0');
    return new Response(null, { status: 416, headers });
  }
  headers.set('content-range', `bytes ${start}-${end}/${blob.size}`);
  headers.set('content-length', String(end - start + 1));
  return new Response(blob.slice(start, end + 1), { status: 206, headers });
}

function addressOf(url) {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
