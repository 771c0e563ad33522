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
