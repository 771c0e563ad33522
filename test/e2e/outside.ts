/** Catches every request that would leave this machine: a proxy that refuses and remembers what it was asked for. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Outside {
  /** For Chromium's `--proxy-server`; localhost never goes through a proxy. */
  readonly proxy: string;
  /** `host:port` or URL of every request that was not for localhost. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** Chromium looks for its own updates and sign-in there, with or without us; tools/check-hosts.mjs sees that no source names them. */
const BROWSERS_OWN = /^(https?:\/\/)?([\w-]+\.)*(google|googleapis|gstatic|gvt1)\.com[:/]/;

/** Pages, workers, worklets and the browser itself all go through it, unlike anything a page could report on. */
export async function watchOutside(): Promise<Outside> {
  const asked: string[] = [];
  const remember = (url = ''): void => {
    if (!BROWSERS_OWN.test(url)) asked.push(url);
  };
  const server = createServer((request, response) => {
    remember(request.url);
    response.writeHead(502).end();
  });
  server.on('connect', (request, socket) => {
    remember(request.url);
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    proxy: `http://127.0.0.1:${port}`,
    asked,
    close: () =>
      new Promise((done) => {
        server.close(() => {
          done();
        });
        server.closeAllConnections();
      }),
  };
}
