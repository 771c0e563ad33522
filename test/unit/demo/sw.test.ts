/** Tests of the demo's service worker with a Cache API that loses or ignores entries. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import { fakeCaches, type FakeCaches } from '../download/fake-caches.js';

const SCRIPT = readFileSync(new URL('../../../demo/sw.js', import.meta.url), 'utf8');
const FILES = [...(/const FILES = \[([^\]]+)\]/.exec(SCRIPT)?.[1] ?? '').matchAll(/'([^']+)'/g)].map(
  ([, file]) => file,
);

/** Starts the script and installs it, as a browser does at each visit. */
function install(caches: FakeCaches): Promise<unknown> {
  const listeners = new Map<string, (event: unknown) => void>();
  const self = {
    location: { href: 'https://page.test/demo/sw.js' },
    addEventListener: (type: string, listener: (event: unknown) => void) => listeners.set(type, listener),
  };
  runInContext(SCRIPT, createContext({ self, caches, URL, Request, Response, Headers }));
  let installed: Promise<unknown> | undefined;
  listeners.get('install')?.({ waitUntil: (work: Promise<unknown>) => (installed = work) });
  assert.ok(installed);
  return installed;
}

describe('the service worker of the demo', () => {
  it('stores its files once', async () => {
    const caches = fakeCaches();
    await install(caches);
    assert.ok(FILES.length > 5);
    assert.equal(caches.names().length, FILES.length);
    assert.equal(caches.calls.get('cache.put'), FILES.length);
    assert.deepEqual(caches.bodiesRead, []);
  });

  it('stores them again after the browser evicted them', async () => {
    const caches = fakeCaches();
    await install(caches);
    caches.leave();
    await install(caches);
    assert.equal(caches.names().length, FILES.length);
  });

  it('fails to install if a file is not stored', async () => {
    const caches = fakeCaches();
    caches.onPut = (name, body) => (name.endsWith('offline.js') ? undefined : body);
    await assert.rejects(install(caches), /does not store/);
  });
});
