import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Address, RetryableError } from '../../../src/download/response.js';

const HUB = 'https://hub.example/file';
const never = new AbortController().signal;

describe('Address with a redirect to a signed URL', () => {
  for (const [what, fails] of [
    ['is busy or broken', () => Promise.resolve(new Response(null, { status: 503 }))],
    ['hangs until the request is aborted', hang],
  ] as const) {
    it(`follows the redirect again after the signed server ${what}`, async () => {
      const asked: string[] = [];
      const address = new Address(HUB, (input, init) => {
        const url = input as string;
        asked.push(url);
        if (url !== HUB) return fails(init?.signal ?? never);
        return Promise.resolve(redirectedTo(`https://storage.example/${asked.length}`));
      });
      await address.request([0, 1], never);
      const stalled = new AbortController();
      const failing = address.request([0, 1], stalled.signal);
      stalled.abort();
      await assert.rejects(failing, (cause: Error) => cause instanceof RetryableError || cause.name === 'AbortError');
      await address.request([0, 1], never);
      assert.deepEqual(asked, [HUB, 'https://storage.example/1', HUB]);
    });
  }
});

function redirectedTo(url: string): Response {
  const response = new Response('ab', { status: 206, headers: { 'content-range': 'bytes 0-1/2' } });
  return Object.defineProperties(response, { url: { value: url }, redirected: { value: true } });
}

function hang(signal: AbortSignal): Promise<Response> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
}

describe('Address of a server whose range responses the browser rejects', () => {
  const file = 'abcdef';
  const rejected = (): Promise<Response> => Promise.reject(new TypeError('Failed to fetch'));
  /** Rejects ranges while `rejects` is true. Records each request's range. */
  function server(rejects: (index: number) => boolean): { address: Address; asked: string[] } {
    const asked: string[] = [];
    const address = new Address(HUB, (_, init) => {
      const range = new Headers(init?.headers).get('range');
      asked.push(range ?? 'whole');
      if (rejects(asked.length) && range !== null) return rejected();
      if (rejects(asked.length) && range === null && offline) return rejected();
      if (range === null) return Promise.resolve(new Response(file));
      return Promise.resolve(
        new Response(file.slice(0, 2), { status: 206, headers: { 'content-range': `bytes 0-1/${file.length}` } }),
      );
    });
    return { address, asked };
  }
  let offline = false;
  const failing = (address: Address): Promise<void> => assert.rejects(address.request([0, 1], never), RetryableError);
  const range = 'bytes=0-1';

  it('requests the whole file after two rejections, and from then on at once', async () => {
    const { address, asked } = server(() => true);
    await failing(address);
    const { kind, body } = await address.request([0, 1], never);
    assert.equal(kind, 'whole');
    assert.equal(await new Response(body).text(), file);
    assert.deepEqual(asked, [range, range, 'whole', range]);
    assert.equal((await address.request([2, 3], never)).kind, 'whole');
    assert.equal(asked.length, 5);
  });

  it('keeps requesting ranges where the network was the cause', async () => {
    const { address, asked } = server((index) => index <= 2);
    await failing(address);
    assert.equal((await address.request([0, 1], never)).kind, 'part');
    assert.equal((await address.request([0, 1], never)).kind, 'part');
    assert.deepEqual(asked, [range, range, 'whole', range, range]);
  });

  it('never requests the whole file once a range has succeeded', async () => {
    const { address, asked } = server((index) => index > 1);
    await address.request([0, 1], never);
    for (let i = 0; i < 4; i++) await failing(address);
    assert.ok(!asked.includes('whole'));
  });

  it('retries where nothing can be reached', async () => {
    offline = true;
    const { address } = server(() => true);
    for (let i = 0; i < 4; i++) await failing(address);
    offline = false;
    assert.equal((await address.request([0, 1], never).catch(() => address.request([0, 1], never))).kind, 'whole');
  });
});
