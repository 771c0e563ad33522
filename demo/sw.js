/**
 * A service worker that keeps the files of one page, so that it opens and hears with the network off. Copy it, name your
 * files, and change VERSION with every deploy: the browser takes that as the sign to fetch them all again.
 *
 * It answers for the files it names and for no other: the download of a model, which the package keeps in a store of its
 * own, goes past it. Its scope has to cover the page and the worker script, for a worker's requests come here only if
 * the worker's own address does; that is why the page starts offline.worker.js.
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

/** The origin's other caches, the package's among them, have other names and are none of our business. */
const OURS = 'page with <kyutai-stt>, ';
const CACHE = OURS + VERSION;
const KEPT = new Set(FILES.map((file) => new URL(file, self.location.href).href));

self.addEventListener('install', (event) => event.waitUntil(keepAll()));
self.addEventListener('activate', (event) => event.waitUntil(dropOthers()));
self.addEventListener('message', ({ data }) => {
  if (data === 'take-over') void self.skipWaiting();
});
self.addEventListener('fetch', (event) => {
  const { method, url } = event.request;
  if (method === 'GET' && KEPT.has(addressOf(url))) event.respondWith(answer(event.request));
});

/** All or nothing, and past the browser's own cache: what lies there may be of the last version. */
async function keepAll() {
  await addAll();
  if (await hasAll()) return;
  // WebKit, in windows that keep nothing, resolves and stores nothing under names that were there before, until this:
  await caches.delete(CACHE);
  await addAll();
  if (!(await hasAll())) throw new Error(`${CACHE}: the browser does not store its files`);
}

async function addAll() {
  const cache = await caches.open(CACHE);
  await cache.addAll([...KEPT].map((url) => new Request(url, { cache: 'reload' })));
}

async function hasAll() {
  const cache = await caches.open(CACHE);
  const found = await Promise.all([...KEPT].map((url) => cache.keys(url)));
  return found.every((requests) => requests.length > 0);
}

/** Runs when no page uses the last version any more, or one of them has asked for the new one. */
async function dropOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(OURS) && name !== CACHE).map((name) => caches.delete(name)));
}

async function answer(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(addressOf(request.url));
  // A browser short of space may have dropped it.
  if (kept === undefined) return fetch(request);
  const range = request.headers.get('range');
  return range === null ? kept : partOf(kept, range);
}

/** A kept file is whole; who asks for bytes of it gets these bytes, as from a server. Several ranges get the whole file. */
async function partOf(kept, range) {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (!first && !last) return kept;
  const blob = await kept.blob();
  const start = first ? Number(first) : Math.max(0, blob.size - Number(last));
  const end = first && last ? Math.min(Number(last), blob.size - 1) : blob.size - 1;
  const headers = new Headers(kept.headers);
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
