import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { localLocks } from '../../../src/download/local-locks.js';

const never = new AbortController().signal;
const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

describe('localLocks', () => {
  it('runs work under one name in order, and under another name concurrently', async () => {
    const lock = localLocks();
    const log: string[] = [];
    const work = (name: string) => async (): Promise<void> => {
      log.push(`${name} begins`);
      await soon();
      log.push(`${name} ends`);
    };
    await Promise.all([
      lock('a', never, work('first')),
      lock('a', never, work('second')),
      lock('b', never, work('other')),
    ]);
    assert.deepEqual(
      log.filter((line) => !line.startsWith('other')),
      ['first begins', 'first ends', 'second begins', 'second ends'],
    );
    assert.ok(log.indexOf('other begins') < log.indexOf('first ends'));
  });

  it('keeps the queue order after a waiter is aborted', async () => {
    const lock = localLocks();
    let release = (): void => undefined;
    const held = lock('a', never, () => new Promise<void>((resolve) => (release = resolve)));
    const controller = new AbortController();
    const givesUp = lock('a', controller.signal, soon);
    controller.abort();
    await assert.rejects(givesUp, { name: 'AbortError' });
    const ran: string[] = [];
    const late = lock('a', never, () => Promise.resolve(void ran.push('late')));
    await soon();
    assert.deepEqual(ran, []);
    release();
    await Promise.all([held, late]);
    assert.deepEqual(ran, ['late']);
  });

  it('continues after failed work', async () => {
    const lock = localLocks();
    const fails = lock('a', never, () => Promise.reject(new Error('no')));
    const next = lock('a', never, () => Promise.resolve('yes'));
    await assert.rejects(fails, /no/);
    assert.equal(await next, 'yes');
  });
});
