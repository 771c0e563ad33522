import { assert, fixture, html } from '@open-wc/testing';
import { holdLifeline, watchLifeline } from '../../../src/protocol/lifeline.js';
import {
  PROTOCOL_VERSION,
  type AudioMessage,
  type PageMessage,
  type WorkerMessage,
} from '../../../src/protocol/messages.js';
import { EnginePool } from '../../../src/worker/engine-pool.js';
import { greet } from '../../../src/worker/serve.js';
import { FakeEngine, frame } from '../../unit/worker/fake-engine.js';

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits, up to two seconds. */
async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !condition(); tries++) await wait(10);
}

describe('lifeline', () => {
  it('lets the worker drop the streams of a page that was closed without a message', async () => {
    const frameElement = await fixture<HTMLIFrameElement>(html`<iframe src="about:blank"></iframe>`);
    const tab = frameElement.contentWindow;
    assert.ok(tab);
    const lock = 'a tab that will be closed';
    await new Promise<void>((held) => {
      const forever = (): Promise<void> => new Promise(() => held());
      tab.navigator.locks.request(lock, forever).catch(() => undefined); // rejects when the tab is closed
    });

    const engine = new FakeEngine(1);
    const pool = new EnginePool(() => Promise.resolve(() => Promise.resolve(engine)));
    const { port1, port2 } = new MessageChannel();
    greet(port2, pool);
    const received: string[] = [];
    port1.onmessage = ({ data }: MessageEvent<WorkerMessage>) =>
      received.push(data.type === 'stream' ? data.event.type : data.type);
    const open: PageMessage = {
      type: 'open',
      version: PROTOCOL_VERSION,
      model: { url: 'https://example.org/m.gguf' },
      backend: 'auto',
      lock,
    };
    port1.postMessage(open);
    const audio = new MessageChannel();
    const listen: PageMessage = { type: 'listen', stream: 0, port: audio.port1 };
    port1.postMessage(listen, [audio.port1]);
    const message: AudioMessage = { type: 'frame', index: 0, pcm: frame('word') };
    audio.port2.postMessage(message);
    await until(() => received.includes('word'));
    assert.strictEqual(engine.sessions, 1);

    frameElement.remove();
    await until(() => engine.sessions === 0);
    assert.strictEqual(engine.sessions, 0);
  });

  it('frees its lock when released', async () => {
    const lifeline = await holdLifeline();
    assert.ok(lifeline);
    let gone = false;
    const waiting = navigator.locks.request(lifeline.name, () => {
      gone = true;
    });
    await wait(20);
    assert.isFalse(gone);
    lifeline.release();
    await waiting;
    assert.isTrue(gone);
  });

  it('is undefined if Web Locks are refused, as in a sandboxed frame', async () => {
    const refused = (): Promise<never> => Promise.reject(new DOMException('Access is denied.', 'SecurityError'));
    Object.defineProperty(navigator.locks, 'request', { value: refused, configurable: true });
    try {
      assert.isUndefined(await holdLifeline());
    } finally {
      Reflect.deleteProperty(navigator.locks, 'request'); // restores the prototype's method
    }
  });

  it('notifies all watchers on release, except those that aborted before', async () => {
    const lifeline = await holdLifeline();
    assert.ok(lifeline);
    const notified: string[] = [];
    const watching = new AbortController();
    const aborted = new AbortController();
    watchLifeline(lifeline.name, () => notified.push('one'), watching.signal);
    watchLifeline(lifeline.name, () => notified.push('other'), watching.signal);
    watchLifeline(lifeline.name, () => notified.push('aborted'), aborted.signal);
    await wait(20);
    assert.isEmpty(notified);
    aborted.abort();
    lifeline.release();
    await until(() => notified.length === 2);
    await wait(20);
    assert.sameMembers(notified, ['one', 'other']);
  });
});
