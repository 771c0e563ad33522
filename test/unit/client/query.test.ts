/** Queries to a worker that are aborted or fail. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { sendQuery } from '../../../src/client/query.js';
import type { Connection } from '../../../src/client/connect.js';
import { SttError } from '../../../src/errors.js';

/** A worker that never answers, and a count of its releases. */
function silentWorker(): { connect: () => Promise<Connection>; released: () => number } {
  let count = 0;
  const connect = (): Promise<Connection> => {
    const { port1, port2 } = new MessageChannel();
    const release = (): void => {
      count++;
      port1.close();
      port2.close();
    };
    return Promise.resolve({ kind: 'dedicated', reason: 'a test', port: port1, release, onfailure: undefined });
  };
  return { connect, released: () => count };
}

/** Defines `navigator`, which some versions of Node lack. */
function withNavigator(value: object): void {
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value });
}

const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');

describe('sendQuery', () => {
  beforeEach(() => withNavigator({}));
  afterEach(() => {
    if (before) Object.defineProperty(globalThis, 'navigator', before);
    else Reflect.deleteProperty(globalThis, 'navigator');
  });

  it('rejects with an AbortError whatever the reason of the abort', async () => {
    const { connect, released } = silentWorker();
    const early = AbortSignal.abort(new Error('changed my mind'));
    await assert.rejects(sendQuery({ what: 'installed' }, { connect, signal: early }), { name: 'AbortError' });
    const controller = new AbortController();
    const asked = sendQuery({ what: 'installed' }, { connect, signal: controller.signal });
    setTimeout(() => controller.abort(new Error('changed my mind')), 0);
    await assert.rejects(asked, { name: 'AbortError' });
    assert.equal(released(), 1);
  });

  it('releases the worker if holding a lifeline fails', async () => {
    withNavigator({ locks: { request: () => Promise.reject(new Error('no locks today')) } });
    const { connect, released } = silentWorker();
    await assert.rejects(sendQuery({ what: 'installed' }, { connect }), { message: /no locks today/ });
    assert.equal(released(), 1);
  });

  it('rejects if the worker dies before the first message', async () => {
    const { connect, released } = silentWorker();
    const dying = async (): Promise<Connection> => {
      const connection = await connect();
      setTimeout(() => connection.onfailure?.(new SttError('worker-failed', 'The worker died')));
      return connection;
    };
    const slowLock = (_name: string, held: () => Promise<void>): Promise<void> =>
      new Promise((resolve) => setTimeout(() => void held().then(resolve), 20));
    withNavigator({ locks: { request: slowLock } });
    await assert.rejects(sendQuery({ what: 'installed' }, { connect: dying }), { code: 'worker-failed' });
    assert.equal(released(), 1);
  });
});
