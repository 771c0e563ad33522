/** Tests the proxy that catches requests to other hosts. It refuses them, so nothing leaves the machine. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from 'playwright';
import { withSite } from './site.js';

/** Requests to other hosts, after `send` has failed as it must. */
async function outsideRequests(send: (page: Page) => Promise<unknown>): Promise<string> {
  let outside: readonly string[] = [];
  await withSite({}, async (site) => {
    await send(await site.open('pages/elements.html'));
    outside = site.outside;
  });
  return outside.join(' ');
}

describe('the proxy that refuses other hosts', () => {
  it('catches a page that loads a font', async () => {
    const font = 'https://fonts.googleapis.com/css2?family=Inter';
    const send = (page: Page): Promise<boolean> => page.evaluate((url) => fetch(url).then(Boolean, () => false), font);
    assert.match(await outsideRequests(send), /https:\/\/fonts\.googleapis\.com\/css2/);
  });

  it('catches a page that requests a host which the browser requests, too', async () => {
    const send = (page: Page): Promise<boolean> =>
      page.evaluate(() => fetch('https://accounts.google.com/from-the-page').then(Boolean, () => false));
    assert.match(await outsideRequests(send), /accounts\.google\.com\/from-the-page/);
  });

  it('catches a SharedWorker, whose requests no page sees', async () => {
    const send = (page: Page): Promise<unknown> =>
      page.evaluate(() => {
        const code = `onconnect = ({ ports: [port] }) =>
          fetch('https://fonts.gstatic.com/s/a.woff2').catch(() => port.postMessage('refused'));`;
        const { port } = new SharedWorker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
        return new Promise((done) => (port.onmessage = done)).then(() => true);
      });
    assert.match(await outsideRequests(send), /fonts\.gstatic\.com:443/);
  });
});
