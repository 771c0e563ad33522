/**
 * A model hub for tests: redirects to signed URLs on another origin, which expire; supports CORS for simple requests only;
 * injects faults by plan; reports every byte that it sends.
 */
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fault, FaultPlan, HubRequest } from './faults.js';
import { sendBody } from './send-body.js';

export interface HubOptions {
  /** Called once per request, in order; default: no faults. */
  readonly faults?: FaultPlan;
  /** Requests until a signed URL expires; default: unlimited. */
  readonly signatureUses?: number;
  /** Whether other origins may read the headers with size and version; default true. */
  readonly exposesHeaders?: boolean;
  /** Whether the 403 of an expired URL has CORS headers; default true. Without them a page sees a network error. */
  readonly refusesWithCors?: boolean;
  /** Called before each write: `length` bytes of the file from `start`; `ranged` if the request had a range. */
  readonly onSent?: (name: string, start: number, length: number, ranged: boolean, request: HubRequest) => void;
}

export interface Hub {
  /** The URL of a file, which redirects. */
  url(name: string): string;
  /** Adds or replaces a file. */
  put(name: string, bytes: Uint8Array): void;
  readonly requests: readonly HubRequest[];
  /** Bytes of files sent so far, before compression. */
  readonly sentBytes: number;
  close(): Promise<void>;
}

interface Stored {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

const EXPOSED = 'ETag, Accept-Ranges, Content-Range, Retry-After, X-Linked-Size, X-Linked-ETag';

export async function startHub(options: HubOptions = {}): Promise<Hub> {
  const files = new Map<string, Stored>();
  const requests: HubRequest[] = [];
  const uses = new Map<string, number>();
  let sentBytes = 0;
  let signatures = 0;
  const sign = (name: string, serial: string): string =>
    createHmac('sha256', 'stand-in').update(`${name} ${serial}`).digest('hex');

  const note = (at: HubRequest['at'], request: IncomingMessage, name: string): HubRequest => {
    const span = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    const range = span === null ? undefined : ([Number(span[1]), Number(span[2])] as const);
    const noted: HubRequest = { at, name, method: request.method ?? '', range, index: requests.length };
    requests.push(noted);
    return noted;
  };

  /** The part that both hosts share; returns undefined if it has responded already. */
  const receive = (
    at: HubRequest['at'],
    request: IncomingMessage,
    response: ServerResponse,
  ): [HubRequest, Fault, Stored, URL] | undefined => {
    const url = new URL(request.url ?? '/', 'http://hub.test');
    const noted = note(at, request, decodeURIComponent(url.pathname.slice(1)));
    // A preflight or HEAD request: the real hub's storage supports neither.
    if (noted.method !== 'GET') {
      response.writeHead(403).end();
      return undefined;
    }
    response.setHeader('access-control-allow-origin', '*');
    if (options.exposesHeaders !== false) response.setHeader('access-control-expose-headers', EXPOSED);
    const fault = options.faults?.(noted) ?? {};
    const file = files.get(noted.name);
    if (fault.refuses === true) request.socket.destroy();
    else if (fault.status !== undefined) {
      if (fault.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter);
      response.writeHead(fault.status).end();
    } else if (file === undefined) response.writeHead(404).end();
    else return [noted, fault, file, url];
    return undefined;
  };

  const storage = await listen((request, response) => {
    const received = receive('storage', request, response);
    if (received === undefined) return;
    const [noted, fault, file, url] = received;
    const serial = url.searchParams.get('Expires') ?? '';
    const used = (uses.get(serial) ?? 0) + 1;
    uses.set(serial, used);
    const signed = url.searchParams.get('Signature') === sign(noted.name, serial);
    if (!signed || used > (options.signatureUses ?? Infinity)) {
      if (options.refusesWithCors === false) response.removeHeader('access-control-allow-origin');
      response.writeHead(403).end('expired');
      return;
    }
    sendBody(response, noted, fault, file, (start, length, ranged) => {
      sentBytes += length;
      options.onSent?.(noted.name, start, length, ranged, noted);
    });
  });

  const hub = await listen((request, response) => {
    const received = receive('hub', request, response);
    if (received === undefined) return;
    const [{ name }, , file] = received;
    const serial = String(++signatures);
    const target = new URL(`${storage.origin}/${encodeURIComponent(name)}`);
    target.searchParams.set('Expires', serial);
    target.searchParams.set('Signature', sign(name, serial));
    response.setHeader('x-linked-size', String(file.bytes.length));
    response.setHeader('x-linked-etag', file.etag);
    response.writeHead(302, { location: target.href }).end();
  });

  return {
    url: (name) => `${hub.origin}/${encodeURIComponent(name)}`,
    put: (name, bytes) => files.set(name, { bytes, etag: `"${createHash('sha256').update(bytes).digest('hex')}"` }),
    requests,
    get sentBytes() {
      return sentBytes;
    },
    close: async () => {
      await Promise.all([hub, storage].map(({ server }) => stop(server)));
    },
  };
}

async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ readonly server: Server; readonly origin: string }> {
  const server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Clients may open more connections meanwhile, so it closes those as well. */
function stop(server: Server): Promise<void> {
  return new Promise((done) => {
    const closing = setInterval(() => server.closeAllConnections(), 20);
    server.on('connection', (socket) => socket.destroy());
    server.close(() => {
      clearInterval(closing);
      done();
    });
    server.closeAllConnections();
  });
}
