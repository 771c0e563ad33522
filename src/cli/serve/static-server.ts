/** A static file server for development and tests: correct types, byte ranges, and no headers that a plain host does not send. */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { sendFile, sendText } from './send-file.js';
import { findFile, type Mounts } from './find-file.js';
import { hostNameOf, isOwnHost } from './addresses.js';

export interface ServerOptions {
  /** The longest matching prefix is used; a folder means its index.html. */
  readonly mounts: Mounts;
  /** 0, the default, means any. */
  readonly port?: number;
  /** How many ports are tried, from `port` on. Default 1. */
  readonly tries?: number;
  /** Name or address to listen on. Default localhost: this machine only. */
  readonly host?: string;
  /** Files and folders that are never served. */
  readonly withheld?: readonly string[];
  /** Host names that requests may be addressed to, besides those of this machine. */
  readonly allowedHosts?: readonly string[];
  /** Sent with every response. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Allows pages of every origin to read the files. Default false. */
  readonly cors?: boolean;
  /** PEM; with it the server speaks HTTPS. */
  readonly certificate?: { readonly key: string; readonly cert: string } | undefined;
  readonly log?: (method: string, url: string, range: string | undefined) => void;
}

export interface RunningServer {
  /** As seen from this machine, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** A cross-origin download reads these to resume; otherwise it sees neither size nor version. */
const CORS: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'Accept-Ranges, Content-Encoding, Content-Length, Content-Range, ETag, Last-Modified',
  'cross-origin-resource-policy': 'cross-origin',
};

const PREFLIGHT: Readonly<Record<string, string>> = {
  'access-control-allow-methods': 'GET, HEAD',
  'access-control-allow-headers': 'If-Match, If-Modified-Since, If-None-Match, If-Range, Range',
  'access-control-max-age': '600',
};

/** Resolves once it listens; rejects with Node's error if none of the tried ports is free. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { port = 0, tries = 1, host = 'localhost', certificate } = options;
  const listener: RequestListener = (request, response) => {
    answer(request, response, options).catch((error: unknown) => response.destroy(error as Error));
  };
  const server = certificate ? createSecureServer(certificate, listener) : createServer(listener);
  const taken = await listen(server, host, port, tries);
  return {
    url: `${certificate ? 'https' : 'http'}://localhost:${taken}`,
    port: taken,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { mounts, withheld, host, allowedHosts = [], headers = {}, cors = false, log }: ServerOptions,
): Promise<void> {
  const { method = '', url = '' } = request;
  log?.(method, url, request.headers.range);
  for (const [name, value] of Object.entries({ ...(cors ? CORS : {}), ...headers })) response.setHeader(name, value);
  response.setHeader('x-content-type-options', 'nosniff');
  const name = hostNameOf(request.headers.host);
  if (name !== undefined && !isOwnHost(name, [host ?? 'localhost', ...allowedHosts])) {
    // A page of this name may have had it resolved to this machine, to read what is served here.
    sendText(response, 403, `requests to the host ${name} are refused; --allow-host ${name} allows them`);
    return;
  }
  if (cors && method === 'OPTIONS') {
    for (const [name, value] of Object.entries(PREFLIGHT)) response.setHeader(name, value);
    response.writeHead(204).end();
    return;
  }
  const found = await findFile(url, mounts, withheld);
  if (found === undefined) sendText(response, 404, 'not found');
  else if ('redirect' in found) response.writeHead(301, { location: found.redirect }).end();
  else await sendFile(request, response, found.file);
}

async function listen(server: Server, host: string, port: number, tries: number): Promise<number> {
  for (let candidate = port; ; candidate++) {
    try {
      await new Promise<void>((done, fail) => {
        server.once('error', fail);
        server.listen(candidate, host, () => {
          server.off('error', fail);
          done();
        });
      });
      return (server.address() as AddressInfo).port;
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!isTaken || candidate + 1 >= port + tries) throw error;
    }
  }
}
