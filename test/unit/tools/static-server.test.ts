/** The server the demo and the end-to-end tests rely on: types, ranges, and nothing outside its folders. */
import assert from 'node:assert/strict';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startServer } from '../../../tools/static-server.mjs';

describe('static server', () => {
  let folder: string;
  let server: Awaited<ReturnType<typeof startServer>>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'static-server-'));
    await mkdir(join(folder, 'site'));
    await writeFile(join(folder, 'secret.txt'), 'secret');
    await writeFile(join(folder, 'site', 'index.html'), '<p>home</p>');
    await writeFile(join(folder, 'site', 'data.gguf'), '0123456789');
    server = await startServer({ mounts: { '/demo/': join(folder, 'site') } });
  });

  after(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  it('answers a folder with its page, typed', async () => {
    const response = await fetch(`${server.url}/demo/`);
    assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.equal(await response.text(), '<p>home</p>');
  });

  it('sends a folder without its slash to the folder', async () => {
    const response = await fetch(`${server.url}/demo`, { redirect: 'manual' });
    assert.equal(response.status, 301);
    assert.equal(response.headers.get('location'), '/demo/');
  });

  it('sends neither COOP nor COEP', async () => {
    const { headers } = await fetch(`${server.url}/demo/`);
    assert.equal(headers.get('cross-origin-opener-policy'), null);
    assert.equal(headers.get('cross-origin-embedder-policy'), null);
  });

  for (const [range, status, body] of [
    ['bytes=2-4', 206, '234'],
    ['bytes=7-', 206, '789'],
    ['bytes=-2', 206, '89'],
    ['bytes=8-99', 206, '89'],
    ['bytes=10-12', 416, '416 range not satisfiable\n'],
    ['lines=1-2', 200, '0123456789'],
  ] as const) {
    it(`answers ${range} with ${status}`, async () => {
      const response = await fetch(`${server.url}/demo/data.gguf`, { headers: { range } });
      assert.equal(response.status, status);
      assert.equal(await response.text(), body);
    });
  }

  it('serves nothing outside its folders', async () => {
    assert.equal(await statusOf(server.url, '/demo/../secret.txt'), 404);
    assert.equal(await statusOf(server.url, '/demo/%2e%2e/secret.txt'), 404);
    assert.equal(await statusOf(server.url, '/demo/..%2fsecret.txt'), 404);
    assert.equal(await statusOf(server.url, '/secret.txt'), 404);
  });

  it('answers a broken address with 404', async () => {
    assert.equal(await statusOf(server.url, '/demo/%zz'), 404);
  });

  it('refuses to write', async () => {
    assert.equal((await fetch(`${server.url}/demo/`, { method: 'POST' })).status, 405);
  });

  it('takes the next port when one is taken', async () => {
    const { port } = new URL(server.url);
    const second = await startServer({ mounts: { '/demo/': folder }, port: Number(port), tries: 20 });
    assert.notEqual(second.url, server.url);
    await second.close();
  });

  it('says so when no port is left', async () => {
    const { port } = new URL(server.url);
    await assert.rejects(startServer({ mounts: {}, port: Number(port) }), /EADDRINUSE/);
  });
});

/** fetch tidies `..` away before it asks, so these are asked as written. */
function statusOf(url: string, path: string): Promise<number | undefined> {
  const { hostname, port } = new URL(url);
  return new Promise((done, fail) => {
    get({ hostname, port, path }, (response) => {
      response.resume();
      done(response.statusCode);
    }).on('error', fail);
  });
}
