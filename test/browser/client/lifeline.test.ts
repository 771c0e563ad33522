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
  it('lets the worker drop the streams of a page that is gone without a word', async () => {
    const frameElement = await fixture<HTMLIFrameElement>(html`<iframe src="about:blank"></iframe>`);
    const tab = frameElement.contentWindow;
    assert.ok(tab);
    const lock = 'a tab that will be closed';
    await new Promise<void>((held) => {
      const forever = (): Promise<void> => new Promise(() => held());
      tab.navigator.locks.request(lock, forever).catch(() => undefined); // rejects when the tab goes
    });

    const engine = new FakeEngine(1);
    const pool = new EnginePool(() => Promise.resolve(() => Promise.resolve(engine)));
    const { port1, port2 } = new MessageChannel();
    greet(port2, pool);
    const heard: string[] = [];
    port1.onmessage = ({ data }: MessageEvent<WorkerMessage>) =>
      heard.push(data.type === 'stream' ? data.event.type : data.type);
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
    await until(() => heard.includes('word'));
    assert.strictEqual(engine.sessions, 1);

    frameElement.remove();
    await until(() => engine.sessions === 0);
    assert.strictEqual(engine.sessions, 0);
  });

  it('is free for the worker once it is released', async () => {
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

  it('is done without where Web Locks are refused, as in a sandboxed frame', async () => {
    const refused = (): Promise<never> => Promise.reject(new DOMException('Access is denied.', 'SecurityError'));
    Object.defineProperty(navigator.locks, 'request', { value: refused, configurable: true });
    try {
      assert.isUndefined(await holdLifeline());
    } finally {
      Reflect.deleteProperty(navigator.locks, 'request'); // the prototype's own is seen again
    }
  });

  it('tells all who watch it once it is let go, except who gave up before', async () => {
    const lifeline = await holdLifeline();
    assert.ok(lifeline);
    const told: string[] = [];
    const watching = new AbortController();
    const gaveUp = new AbortController();
    watchLifeline(lifeline.name, () => told.push('one'), watching.signal);
    watchLifeline(lifeline.name, () => told.push('other'), watching.signal);
    watchLifeline(lifeline.name, () => told.push('gave up'), gaveUp.signal);
    await wait(20);
    assert.isEmpty(told);
    gaveUp.abort();
    lifeline.release();
    await until(() => told.length === 2);
    await wait(20);
    assert.sameMembers(told, ['one', 'other']);
  });
});
