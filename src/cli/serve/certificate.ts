/** Creates a self-signed certificate: a phone's microphone and WebGPU need HTTPS (decision 0012). */
import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import forge from 'node-forge';
import { SttError } from '../../errors.js';
import { writeError } from '../write-error.js';

export interface Certificate {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
}

/** Apple's systems reject server certificates that are valid for more days. */
const DAYS = 397;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Kinds of alternative names in X.509. */
const DNS = 2;
const IP = 7;

/** Valid for `names`, host names and IP addresses, from yesterday on: clocks of phones differ. */
export function makeCertificate(names: readonly string[]): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const cert = forge.pki.createCertificate();
  cert.publicKey = forge.pki.publicKeyFromPem(publicKey);
  cert.serialNumber = `01${randomBytes(15).toString('hex')}`; // the first byte keeps it positive
  cert.validity.notBefore = new Date(Date.now() - DAY_MS);
  cert.validity.notAfter = new Date(Date.now() + (DAYS - 1) * DAY_MS);
  const subject = [{ name: 'commonName', value: 'kyutai-stt serve' }];
  cert.setSubject(subject);
  cert.setIssuer(subject);
  cert.setExtensions([
    // Not an authority: a leaked key can impersonate only this server to devices that trust it.
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    {
      name: 'subjectAltName',
      altNames: names.map((name) => (isIP(name) > 0 ? { type: IP, ip: name } : { type: DNS, value: name })),
    },
    { name: 'subjectKeyIdentifier' },
  ]);
  cert.sign(forge.pki.privateKeyFromPem(privateKey), forge.md.sha256.create());
  return { key: privateKey, cert: forge.pki.certificateToPem(cert) };
}

/**
 * `cert.pem` and `key.pem` of `folder`, created if missing, so that a browser keeps its exception for them. Rejects with
 * `invalid-argument` if one exists without the other, or they have expired.
 */
export async function keptCertificate(folder: string, names: readonly string[]): Promise<Certificate> {
  const [certPath, keyPath] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const [cert, key] = await Promise.all([readIfThere(certPath), readIfThere(keyPath)]);
  if (cert !== undefined && key !== undefined) {
    const { validTo } = new X509Certificate(cert);
    if (new Date(validTo).getTime() > Date.now()) return { cert, key };
    throw new SttError('invalid-argument', `${certPath}: ran out on ${validTo}; delete it and key.pem for a new one`);
  }
  if (cert !== undefined || key !== undefined) {
    const [there, missing] = cert === undefined ? [keyPath, certPath] : [certPath, keyPath];
    throw new SttError('invalid-argument', `${there} is there without ${missing}`);
  }
  const made = makeCertificate(names);
  const created: string[] = [];
  try {
    const outermost = await mkdir(folder, { recursive: true });
    if (outermost !== undefined) created.push(outermost);
    for (const [path, text, mode] of [[keyPath, made.key, 0o600] as const, [certPath, made.cert, 0o666] as const]) {
      const file = await open(path, 'wx', mode);
      created.push(path);
      await file.writeFile(text).finally(() => file.close());
    }
  } catch (cause) {
    // One file without the other is refused at the next start.
    for (const path of created) await rm(path, { recursive: true, force: true });
    throw writeError(folder, cause, 'invalid-argument');
  }
  return made;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw SttError.from(cause, path, 'invalid-argument');
  }
}

/** The certificate's SHA-256 fingerprint as browsers show it. */
export function fingerprintOf({ cert }: Certificate): string {
  return new X509Certificate(cert).fingerprint256;
}
