/** A proxy that refuses and records every request that would leave this machine. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserContext } from 'playwright';

export interface Outside {
  /** Address of the proxy, for a browser or a context. */
  readonly proxy: string;
  /** `host:port` or URL of every request that was not for localhost. */
  readonly asked: readonly string[];
  /** Also records requests of the context's pages. */
  watch(context: BrowserContext): void;
  close(): Promise<void>;
}

/**
 * Chromium looks for its own updates, components and sign-in there even while it shows an empty page. None of them has
 * anything a page would load; what a page asks for all the same is seen by `watch`.
 */
const BROWSERS_OWN = new Set([
  'accounts.google.com',
  'clients2.google.com',
  'edgedl.me.gvt1.com',
  'optimizationguide-pa.googleapis.com',
  'redirector.gvt1.com',
  'safebrowsing.googleapis.com',
  'update.googleapis.com',
]);

/** Pages, workers, worklets and the browser itself all go through the proxy, SharedWorkers too, which no page reports on. */
export async function watchOutside(): Promise<Outside> {
  const asked: string[] = [];
  const remember = (url = ''): void => {
    const host = /^(?:\w+:\/\/)?([^/:]+)/.exec(url)?.[1] ?? '';
    if (!BROWSERS_OWN.has(host)) asked.push(url);
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
    asked,
    watch: (context) => {
      context.on('request', (request) => {
        const { protocol, hostname } = new URL(request.url());
        if (protocol.startsWith('http') && hostname !== 'localhost') asked.push(request.url());
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
