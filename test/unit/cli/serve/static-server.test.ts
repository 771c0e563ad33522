/** The server of `kyutai-stt serve`, of the demo and of the end-to-end tests: types, ranges, and nothing outside its folders. */
import assert from 'node:assert/strict';
import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { get, request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startServer, type RunningServer } from '../../../../src/cli/serve/static-server.js';

describe('static server', () => {
  let folder: string;
  let server: RunningServer;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'static-server-'));
    const site = join(folder, 'site');
    await mkdir(join(site, '.git'), { recursive: true });
    await mkdir(join(site, '.well-known'));
    await mkdir(join(site, 'two words'));
    await writeFile(join(folder, 'secret.txt'), 'secret');
    await mkdir(join(folder, 'site-beside'));
    await writeFile(join(folder, 'site-beside', 'secret.txt'), 'secret');
    await writeFile(join(site, 'index.html'), '<p>home</p>');
    await writeFile(join(site, 'two words', 'index.html'), '<p>two</p>');
    await writeFile(join(site, 'data.gguf'), '0123456789');
    await writeFile(join(site, 'empty.bin'), '');
    await writeFile(join(site, '.env'), 'secret');
    await writeFile(join(site, '.git', 'config'), 'secret');
    await writeFile(join(site, '.well-known', 'assetlinks.json'), '[]');
    await symlink(join(folder, 'secret.txt'), join(site, 'out.txt'));
    await symlink(folder, join(site, 'up'));
    await symlink(join(site, '.git'), join(site, 'git-link'));
    await symlink(join(site, '.env'), join(site, 'env.txt'));
    await mkdir(join(site, 'keys'));
    await writeFile(join(site, 'keys', 'key.pem'), 'secret');
    await symlink(join(site, 'keys', 'key.pem'), join(site, 'other.pem'));
    await symlink(join(site, 'data.gguf'), join(site, 'within.gguf'));
    for (const end of ['js', 'mjs', 'wasm', 'safetensors']) await writeFile(join(site, `file.${end}`), '1');
    server = await startServer({
      mounts: { '/demo/': site },
      withheld: [join(site, 'keys')],
      allowedHosts: ['stt.example'],
    });
  });

  after(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
    fetch(`${server.url}/demo/${path}`, { headers, method, redirect: 'manual' });

  for (const path of ['git-link/config', 'env.txt', 'keys/key.pem', 'keys/', 'keys', 'other.pem']) {
    it(`does not serve ${path}, which is, or leads to, a hidden or withheld file`, async () => {
      assert.equal((await ask(path)).status, 404);
    });
  }

  for (const [host, status] of [
    ['localhost', 200],
    ['localhost:1234', 200],
    ['LOCALHOST.', 200],
    ['127.0.0.1:80', 200],
    ['[::1]:80', 200],
    ['192.168.1.7', 200],
    ['stt.example', 200],
    ['rebound.example', 403],
    ['rebound.example:8080', 403],
    ['localhost.rebound.example', 403],
    ['127.0.0.1.rebound.example', 403],
  ] as const) {
    it(`answers ${status} to a request for the host ${host}`, async () => {
      const response = await new Promise<IncomingMessage>((resolve) => {
        get(`${server.url}/demo/`, { headers: { host } }, resolve);
      });
      response.resume();
      assert.equal(response.statusCode, status);
      assert.equal(response.headers['x-content-type-options'], 'nosniff');
    });
  }

  it('serves index.html for a folder, with its type', async () => {
    const response = await ask('');
    assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.equal(await response.text(), '<p>home</p>');
  });

  for (const [end, type] of [
    ['js', 'text/javascript; charset=utf-8'],
    ['mjs', 'text/javascript; charset=utf-8'],
    ['wasm', 'application/wasm'],
    ['safetensors', 'application/octet-stream'],
  ] as const) {
    it(`sends .${end} as ${type}`, async () => {
      assert.equal((await ask(`file.${end}`)).headers.get('content-type'), type);
    });
  }

  it('redirects a folder without its slash, with the query', async () => {
    const mounted = await fetch(`${server.url}/demo?a=1`, { redirect: 'manual' });
    assert.equal(mounted.status, 301);
    assert.equal(mounted.headers.get('location'), '/demo/?a=1');
    const within = await ask('two%20words?a=1');
    assert.equal(within.status, 301);
    assert.equal(within.headers.get('location'), '/demo/two%20words/?a=1');
  });

  it('sends no COOP, COEP or CORS headers by default', async () => {
    const { headers } = await ask('');
    for (const name of ['cross-origin-opener-policy', 'cross-origin-embedder-policy', 'access-control-allow-origin'])
      assert.equal(headers.get(name), null, name);
  });

  for (const [range, status, body] of [
    ['bytes=2-4', 206, '234'],
    ['bytes=7-', 206, '789'],
    ['bytes=-2', 206, '89'],
    ['bytes=-99', 206, '0123456789'],
    ['bytes=8-99', 206, '89'],
    ['bytes=10-12', 416, '416 range not satisfiable\n'],
    ['bytes=-0', 416, '416 range not satisfiable\n'],
    ['bytes=4-2', 200, '0123456789'],
    ['bytes=0-1,4-5', 200, '0123456789'],
    ['bytes=-', 200, '0123456789'],
    ['lines=1-2', 200, '0123456789'],
  ] as const) {
    it(`answers ${range} with ${status}`, async () => {
      const response = await ask('data.gguf', { range });
      assert.equal(response.status, status);
      assert.equal(await response.text(), body);
    });
  }

  it('sends Content-Range and Content-Length for a range', async () => {
    const part = await ask('data.gguf', { range: 'bytes=2-4' });
    assert.equal(part.headers.get('content-range'), 'bytes 2-4/10');
    assert.equal(part.headers.get('content-length'), '3');
    assert.equal((await ask('data.gguf', { range: 'bytes=10-' })).headers.get('content-range'), 'bytes */10');
  });

  it('responds 416 to a range of an empty file', async () => {
    assert.equal((await ask('empty.bin')).headers.get('content-length'), '0');
    assert.equal((await ask('empty.bin', { range: 'bytes=0-' })).status, 416);
  });

  it('sends the whole file if If-Range names another version', async () => {
    const { headers } = await ask('data.gguf');
    const [etag, date] = [headers.get('etag') ?? '', headers.get('last-modified') ?? ''];
    assert.match(etag, /^"/);
    const statusOf = async (ifRange: string): Promise<number> =>
      (await ask('data.gguf', { range: 'bytes=2-4', 'if-range': ifRange })).status;
    assert.equal(await statusOf(etag), 206);
    assert.equal(await statusOf(date), 206);
    assert.equal(await statusOf('"another"'), 200);
    assert.equal(await statusOf(`W/${etag}`), 200);
    assert.equal(await statusOf('Thu, 01 Jan 1970 00:00:00 GMT'), 200);
  });

  it('responds 304 to a request for the same version', async () => {
    const { headers } = await ask('data.gguf');
    const etag = headers.get('etag') ?? '';
    assert.equal((await ask('data.gguf', { 'if-none-match': `"x", W/${etag}` })).status, 304);
    assert.equal((await ask('data.gguf', { 'if-none-match': '"x"' })).status, 200);
    assert.equal((await ask('data.gguf', { 'if-modified-since': headers.get('last-modified') ?? '' })).status, 304);
    await writeFile(join(folder, 'site', 'data.gguf'), '9876543210');
    assert.equal((await ask('data.gguf', { 'if-none-match': etag })).status, 200);
    await writeFile(join(folder, 'site', 'data.gguf'), '0123456789');
  });

  it('responds to HEAD with the size and no body', async () => {
    const response = await ask('data.gguf', { range: 'bytes=2-4' }, 'HEAD');
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-length'), '10');
    assert.equal(await response.text(), '');
  });

  for (const path of [
    '/demo/../secret.txt',
    '/demo/%2e%2e/secret.txt',
    '/demo/..%2fsecret.txt',
    '/demo/..%5csecret.txt',
    '/demo/.%00./secret.txt',
    '/demo/two%20words/..%2f..%2f..%2fsecret.txt',
    '/demo/../site-beside/secret.txt',
    '/demo//etc/passwd',
    '//demo/data.gguf',
    '/secret.txt',
    '/demo/out.txt',
    '/demo/up/secret.txt',
    '/demo/up/',
    '/demo/.env',
    '/demo/.git/config',
    '/demo/%2egit/config',
    '/demo/%zz',
    '/demo/data.gguf/',
    '/demo/absent',
    'http://[/demo/data.gguf',
    '*',
  ]) {
    it(`responds 404 to ${path}`, async () => {
      const response = await asWritten(server, path);
      assert.equal(response.statusCode, 404);
    });
  }

  it('follows links within the folder, and serves .well-known', async () => {
    assert.equal(await (await ask('within.gguf')).text(), '0123456789');
    assert.equal((await ask('.well-known/assetlinks.json')).status, 200);
  });

  it('responds 405 to other methods', async () => {
    const response = await ask('', {}, 'POST');
    assert.equal(response.status, 405);
    assert.equal(response.headers.get('allow'), 'GET, HEAD');
  });

  it('survives a client that disconnects during a response', async () => {
    await writeFile(join(folder, 'site', 'large.bin'), Buffer.alloc(32 * 1024 * 1024));
    await new Promise<void>((done) => {
      const asked = request(`${server.url}/demo/large.bin`, (response) => {
        response.once('data', () => asked.destroy());
        response.once('close', done);
        response.on('error', () => undefined);
      });
      asked.end();
    });
    assert.equal((await ask('data.gguf')).status, 200);
  });

  it('uses the next port if one is in use', async () => {
    const second = await startServer({ mounts: { '/demo/': folder }, port: server.port, tries: 20 });
    assert.notEqual(second.url, server.url);
    await second.close();
  });

  it('rejects if no port is free', async () => {
    await assert.rejects(startServer({ mounts: {}, port: server.port }), /EADDRINUSE/);
  });

  it('lets other origins resume downloads with cors', async () => {
    const mirror = await startServer({ mounts: { '/': join(folder, 'site') }, cors: true });
    try {
      const part = await fetch(`${mirror.url}/data.gguf`, { headers: { range: 'bytes=2-4' } });
      assert.equal(part.headers.get('access-control-allow-origin'), '*');
      assert.match(part.headers.get('access-control-expose-headers') ?? '', /Content-Range/);
      // A page of another origin has to see that a file is absent, not only that something failed.
      const absent = await fetch(`${mirror.url}/absent`);
      assert.equal(absent.headers.get('access-control-allow-origin'), '*');
      const preflight = await fetch(`${mirror.url}/data.gguf`, { method: 'OPTIONS' });
      assert.equal(preflight.status, 204);
      assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /If-Range/);
    } finally {
      await mirror.close();
    }
  });
});

/** Requests a path as written, because fetch normalises paths. */
function asWritten({ url }: RunningServer, path: string): Promise<IncomingMessage> {
  const { hostname, port } = new URL(url);
  return new Promise((done, fail) => {
    get({ hostname, port, path }, (response) => done(response.resume())).on('error', fail);
  });
}
