/** The attribute `wake-lock`: the screen stays on while the element listens and the page is visible. */
import { assert } from '@open-wc/testing';
import type { KyutaiSttElement } from '../../../../src/index.js';
import { HandSource, gate, rig, until } from '../rig.js';

/** A lock that is held until it is released by the element or, as here, by the system. */
class Lock extends EventTarget {
  released = false;

  release(): Promise<void> {
    if (!this.released) {
      this.released = true;
      this.dispatchEvent(new Event('release'));
    }
    return Promise.resolve();
  }
}

describe('wake-lock of <kyutai-stt>', () => {
  let locks: Lock[];
  let requests: number;
  /** What a request waits for, or fails with. */
  let answer: () => Promise<void>;
  const held = (): number => locks.filter(({ released }) => !released).length;

  beforeEach(() => {
    locks = [];
    requests = 0;
    answer = () => Promise.resolve();
    const request = async (): Promise<Lock> => {
      requests++;
      await answer();
      const lock = new Lock();
      locks.push(lock);
      return lock;
    };
    Object.defineProperty(navigator, 'wakeLock', { value: { request }, configurable: true });
  });

  afterEach(() => {
    Reflect.deleteProperty(navigator, 'wakeLock');
    show('visible');
    Reflect.deleteProperty(document, 'visibilityState');
  });

  function show(state: DocumentVisibilityState): void {
    Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
    // Browsers release the lock of a hidden page.
    if (state === 'hidden') for (const lock of locks) void lock.release();
    document.dispatchEvent(new Event('visibilitychange'));
  }

  async function listening(query = ''): Promise<{ element: KyutaiSttElement; source: HandSource }> {
    const { element } = await rig({ query });
    element.wakeLock = true;
    const source = new HandSource();
    await element.start(source);
    return { element, source };
  }

  it('keeps the screen on from the start to the end of the audio, also before the model is ready', async () => {
    const { query, open } = gate();
    const { element, part } = await rig({ query });
    element.setAttribute('wake-lock', '');
    assert.isTrue(element.wakeLock);
    const starting = element.start(new HandSource());
    assert.strictEqual(held(), 0);
    await until(element, 'the recording', () => part('status')?.textContent.startsWith('You can') === true);
    await until(element, 'the lock', () => held() === 1);
    open();
    await starting;
    assert.strictEqual(held(), 1);
    element.pause();
    await until(element, 'the release', () => held() === 0);
    element.resume();
    await until(element, 'the second lock', () => held() === 1);
    await element.stop();
    await until(element, 'the end', () => held() === 0);
    assert.strictEqual(requests, 2);
  });

  it('requests none without the attribute', async () => {
    const { element } = await rig();
    await element.start(new HandSource());
    assert.strictEqual(requests, 0);
    element.wakeLock = true;
    await until(element, 'the lock', () => held() === 1);
    element.wakeLock = false;
    await until(element, 'the release', () => held() === 0);
    element.abort();
  });

  it('requests it again when the page is shown again, but not while it is hidden or after the end', async () => {
    const { element } = await listening();
    await until(element, 'the lock', () => held() === 1);
    show('hidden');
    element.requestUpdate();
    await element.updateComplete;
    assert.deepEqual([held(), requests], [0, 1]);
    show('visible');
    await until(element, 'the second lock', () => held() === 1);
    show('hidden');
    await element.stop();
    show('visible');
    await element.updateComplete;
    assert.deepEqual([held(), requests], [0, 2]);
  });

  it('releases a lock that arrives when the audio has ended', async () => {
    let grant = (): void => undefined;
    answer = () => new Promise((resolve) => (grant = resolve));
    const { element } = await listening();
    await until(element, 'the request', () => requests === 1);
    await element.stop();
    grant();
    await until(element, 'the lock', () => locks.length === 1);
    await until(element, 'the release', () => held() === 0);
    assert.strictEqual(requests, 1);
  });

  it('listens without it where the browser refuses, and asks again for the next stream', async () => {
    const { info } = console;
    const notes: string[] = [];
    console.info = (text: string) => void notes.push(text);
    try {
      answer = () => Promise.reject(new DOMException('The battery is low.', 'NotAllowedError'));
      const { element, source } = await listening();
      await until(element, 'the note', () => notes.length === 1);
      source.play('word');
      await until(element, 'a word', () => element.words.length === 1);
      assert.match(notes[0] ?? '', /The screen may turn off.*The battery is low/);
      assert.strictEqual(requests, 1);
      await element.stop();
      answer = () => Promise.resolve();
      await element.start(new HandSource());
      await until(element, 'the lock', () => held() === 1);
      element.abort();
    } finally {
      console.info = info;
    }
  });

  it('does not fight the system for a lock that it has taken away', async () => {
    const { element } = await listening();
    await until(element, 'the lock', () => held() === 1);
    await locks[0]?.release();
    element.requestUpdate();
    await element.updateComplete;
    assert.strictEqual(requests, 1);
    element.abort();
  });

  it('listens where there are no locks, and releases its own when it is removed', async () => {
    const { element } = await listening();
    await until(element, 'the lock', () => held() === 1);
    element.remove();
    assert.strictEqual(held(), 0);
    Reflect.deleteProperty(navigator, 'wakeLock');
    Object.defineProperty(navigator, 'wakeLock', { value: undefined, configurable: true });
    const { element: other } = await listening();
    await other.updateComplete;
    assert.strictEqual(other.state, 'listening');
    other.abort();
  });
});
