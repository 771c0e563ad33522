/** `kyutai-stt serve`: serves folders for development, on this machine or, over HTTPS, to a phone in the same network. */
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { SttError } from '../errors.js';
import { certificateNames, isLocal, urlsOf } from './serve/addresses.js';
import type { Certificate } from './serve/certificate.js';
import type { Mounts } from './serve/find-file.js';
import { startServer } from './serve/static-server.js';
import { print } from './standard-output.js';
import { wholeNumber } from './whole-number.js';

const USAGE = `Usage: kyutai-stt serve [FOLDER…] [--port N] [--host H] [--isolate] [--https] [--cert FOLDER] [--cors]
                        [--allow-host NAME]

Serves a folder (default: this one) at /, or several at /NAME/ each, with byte ranges. For development, not
for the open internet. Files whose names start with a dot are not served.

  --port     default: the first free port from 8080, or 8443 with --https; 0 means any
  --host     default: localhost, this machine only. 0.0.0.0 means all of its addresses
  --https    creates a certificate: except on localhost, microphone and WebGPU need HTTPS
  --cert     uses cert.pem and key.pem in FOLDER, and creates them if they are missing; implies --https
  --allow-host NAME
             also answers requests to this host name, as behind a proxy; may be repeated. Others than this machine's
             names and addresses are refused, so that no foreign page can read the files
  --cors     allows pages of every origin to read the files, as for a model's mirror
  --isolate  sends COOP and COEP, for pages that use threads
`;

const FIRST_PORT = { http: 8080, https: 8443 } as const;
const PORTS_TRIED = 50;
const LAST_PORT = 65_535;

/** What makes a page cross-origin isolated. */
const ISOLATE: Readonly<Record<string, string>> = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** `argv` without node, script and subcommand. Resolves with the exit code after Ctrl+C. */
export async function serveCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      port: { type: 'string' },
      host: { type: 'string', default: 'localhost' },
      isolate: { type: 'boolean', default: false },
      https: { type: 'boolean', default: false },
      cert: { type: 'string' },
      cors: { type: 'boolean', default: false },
      'allow-host': { type: 'string', multiple: true },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    await print(USAGE);
    return 0;
  }
  const { host, cert, cors } = values;
  const scheme = values.https || cert !== undefined ? 'https' : 'http';
  const mounts = await mountsOf(positionals.length > 0 ? positionals : ['.']);
  const certificate = scheme === 'https' ? await certificateFor(host, cert) : undefined;
  const server = await startServer({
    mounts,
    withheld: cert === undefined ? [] : withheldWith(cert, mounts),
    allowedHosts: values['allow-host'] ?? [],
    host,
    cors,
    certificate,
    headers: values.isolate ? ISOLATE : {},
    port: portOf(values.port) ?? FIRST_PORT[scheme],
    tries: values.port === undefined ? PORTS_TRIED : 1,
  }).catch((cause: unknown) => {
    throw SttError.from(cause, `${host} cannot be listened on`, 'invalid-argument');
  });
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  try {
    await print(mountLines(mounts, urlsOf(scheme, host, server.port)));
    if (certificate) await print(await certificateNotice(certificate, cert));
    else if (!isLocal(host)) await print(INSECURE);
    await stopped;
  } finally {
    await server.close();
  }
  return 0;
}

/** One folder at the root, several under their names. Rejects with `invalid-argument` for what is not a folder. */
export async function mountsOf(folders: readonly string[]): Promise<Mounts> {
  const mounts: Record<string, string> = {};
  for (const folder of folders.map((each) => resolve(each))) {
    const isFolder = await stat(folder).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isFolder) throw new SttError('invalid-argument', `${folder}: not a folder`);
    const prefix = folders.length === 1 ? '/' : `/${encodeURIComponent(basename(folder))}/`;
    const other = mounts[prefix];
    if (other !== undefined)
      throw new SttError('invalid-argument', `${folder} and ${other} would both be at ${prefix}`);
    mounts[prefix] = folder;
  }
  return mounts;
}

/** The folder of the private key; only its two files where it is, or contains, a served folder. */
export function withheldWith(cert: string, mounts: Mounts): string[] {
  const folder = resolve(cert);
  const isServed = Object.values(mounts).some((mount) => `${mount}${sep}`.startsWith(`${folder}${sep}`));
  return isServed ? [join(folder, 'key.pem'), join(folder, 'cert.pem')] : [folder];
}

function portOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  return wholeNumber('--port', value, 0, LAST_PORT);
}

/** Loads the certificate library only for HTTPS. */
async function certificateFor(host: string, folder: string | undefined): Promise<Certificate> {
  const { keptCertificate, makeCertificate } = await import('./serve/certificate.js');
  const names = certificateNames(host);
  return folder === undefined ? makeCertificate(names) : keptCertificate(folder, names);
}

function mountLines(mounts: Mounts, urls: readonly string[]): string {
  const lines = Object.entries(mounts).flatMap(([prefix, folder]) => [
    `Serving ${folder} (stop with Ctrl+C)`,
    ...urls.map((url) => `  ${url}${prefix.slice(1)}`),
  ]);
  return `${lines.join('\n')}\n`;
}

const INSECURE = `
Over plain HTTP, other machines have no microphone and no WebGPU: add --https.
`;

async function certificateNotice(certificate: Certificate, folder: string | undefined): Promise<string> {
  const { fingerprintOf } = await import('./serve/certificate.js');
  return `
This certificate is self-signed, so the browser shows a warning. Check that it shows this SHA-256 fingerprint:
  ${fingerprintOf(certificate)}
Then continue. Chrome, Edge: Advanced, Proceed. Firefox: Advanced, Accept the Risk. Safari: Show Details, visit this website.
Microphone and WebGPU then work. A service worker needs a certificate that the device trusts: ${
    folder === undefined
      ? 'put\none in a folder and use --cert FOLDER, which also keeps the same certificate for every start.\n'
      : `trust\nthis one, or put another in ${resolve(folder)} as cert.pem and key.pem.\n`
  }`;
}
