/** A proxy that refuses and records every request that would leave this machine. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserContext } from 'playwright';

export interface Outside {
  /** Address of the proxy, for a browser or a context. */
  readonly proxy: string;
  /** `host:port` or URL of every request that was not for localhost. */
  readonly requests: readonly string[];
  /** Also records requests of the context's pages. */
  watch(context: BrowserContext): void;
  close(): Promise<void>;
}

/** Chromium itself requests this host for text fields. */
export const AUTOFILL = 'content-autofill.googleapis.com:443';

/** Hosts that Chromium contacts by itself, even on an empty page. `watch` records requests of pages to them. */
const BROWSERS_OWN = new Set([
  'accounts.google.com',
  'clients2.google.com',
  'edgedl.me.gvt1.com',
  'optimizationguide-pa.googleapis.com',
  'redirector.gvt1.com',
  'safebrowsing.googleapis.com',
  'update.googleapis.com',
]);

/** The proxy gets the requests of pages, workers, worklets and the browser; no page reports those of a SharedWorker. */
export async function watchOutside(): Promise<Outside> {
  const requests: string[] = [];
  const remember = (url = ''): void => {
    const host = /^(?:\w+:\/\/)?([^/:]+)/.exec(url)?.[1] ?? '';
    if (!BROWSERS_OWN.has(host)) requests.push(url);
  };
  const server = createServer((request, response) => {
    remember(request.url);
    response.writeHead(502).end();
  });
  server.on('connect', (request, socket) => {
    remember(request.url);
    socket.on('error', () => undefined); // a browser that closes resets its connections
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    proxy: `http://127.0.0.1:${port}`,
    requests,
    watch: (context) => {
      context.on('request', (request) => {
        const { protocol, hostname } = new URL(request.url());
        if (protocol.startsWith('http') && hostname !== 'localhost') requests.push(request.url());
      });
    },
    close: () =>
      new Promise((done) => {
        server.close(() => {
          done();
        });
        server.closeAllConnections();
      }),
  };
}
