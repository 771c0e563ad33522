/** The certificate `kyutai-stt serve --https` makes: a strict client that trusts it connects, under every name in it. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { certificateNames, urlsOf } from '../../../../src/cli/serve/addresses.js';
import { fingerprintOf, keptCertificate, makeCertificate } from '../../../../src/cli/serve/certificate.js';
import { startServer } from '../../../../src/cli/serve/static-server.js';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

/** A machine in two networks, with an address that only its own link knows. */
const address = (text: string, internal: boolean): never =>
  ({ address: text, internal, family: text.includes(':') ? 'IPv6' : 'IPv4' }) as never;
const INTERFACES = {
  lo: [address('127.0.0.1', true), address('::1', true)],
  eth0: [address('192.0.2.7', false), address('2001:db8::7', false), address('fe80::1', false)],
};

describe('makeCertificate', () => {
  it('makes a certificate that a client accepts if it trusts it', async () => {
    const certificate = makeCertificate(['localhost', '127.0.0.1']);
    const server = await startServer({ mounts: { '/': FOLDER }, certificate, host: '127.0.0.1' });
    const ask = (hostname: string, ca?: string): Promise<number | undefined> =>
      new Promise((done, fail) => {
        get(
          {
            host: '127.0.0.1',
            servername: hostname === '127.0.0.1' ? '' : hostname,
            port: server.port,
            path: '/certificate.test.ts',
            ca,
            headers: { host: hostname },
          },
          (response) => done(response.resume().statusCode),
        ).on('error', fail);
      });
    try {
      assert.equal(await ask('localhost', certificate.cert), 200);
      assert.equal(await ask('127.0.0.1', certificate.cert), 200);
      await assert.rejects(ask('other.example', certificate.cert), /ERR_TLS_CERT_ALTNAME_INVALID|does not match/);
      await assert.rejects(ask('localhost'), /self-signed/);
    } finally {
      await server.close();
    }
  });

  it('makes a certificate that is no authority and expires within Apple’s limit', () => {
    const certificate = makeCertificate(['localhost', '192.0.2.7', '2001:db8::7']);
    const read = new X509Certificate(certificate.cert);
    assert.equal(read.ca, false);
    assert.ok(read.checkHost('localhost'));
    assert.ok(read.checkIP('192.0.2.7'));
    assert.ok(read.checkIP('2001:db8::7'));
    assert.equal(read.checkIP('192.0.2.8'), undefined);
    assert.ok(Date.parse(read.validFrom) < Date.now());
    assert.ok(Date.parse(read.validTo) - Date.parse(read.validFrom) <= 398 * 24 * 3600 * 1000);
    assert.match(fingerprintOf(certificate), /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  });
});

describe('keptCertificate', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'certificate-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('creates the certificate once, its key readable only by the owner', async () => {
    const kept = join(folder, 'kept');
    const first = await keptCertificate(kept, ['localhost']);
    assert.deepEqual(await keptCertificate(kept, ['localhost']), first);
    if (process.platform !== 'win32') assert.equal((await stat(join(kept, 'key.pem'))).mode & 0o777, 0o600);
  });

  it('does not replace one of two existing files', async () => {
    await writeFile(join(folder, 'key.pem'), 'a key');
    await assert.rejects(keptCertificate(folder, ['localhost']), /key\.pem is there without .*cert\.pem/);
  });
});

describe('urlsOf', () => {
  it('lists all addresses of the machine for 0.0.0.0', () => {
    assert.deepEqual(urlsOf('https', '0.0.0.0', 8443, INTERFACES), [
      'https://localhost:8443/',
      'https://192.0.2.7:8443/',
    ]);
    assert.deepEqual(urlsOf('http', '::', 80, INTERFACES), [
      'http://localhost:80/',
      'http://192.0.2.7:80/',
      'http://[2001:db8::7]:80/',
    ]);
  });

  it('lists the one address for any other host', () => {
    assert.deepEqual(urlsOf('http', 'localhost', 8080, INTERFACES), ['http://localhost:8080/']);
  });

  it('returns addresses that the certificate names', () => {
    const names = certificateNames('0.0.0.0', INTERFACES);
    for (const name of ['localhost', '127.0.0.1', '::1', '192.0.2.7', '2001:db8::7'])
      assert.ok(names.includes(name), name);
    assert.ok(!names.includes('fe80::1'));
    assert.ok(certificateNames('host.example', INTERFACES).includes('host.example'));
  });
});
