/** Speech during the preparation of the model is transcribed; the microphone stays closed during the download. */
import { assert } from '@open-wc/testing';
import { HandSource, rig, until } from './rig.js';

describe('speaking before the model is ready', () => {
  it('transcribes what was said while the model was prepared', async () => {
    const { element, part, log } = await rig({ query: 'prepare=600' });
    const source = new HandSource();
    const started = element.start(source);
    await until(element, 'the source to start', () => source.calls.includes('start'));
    assert.strictEqual(element.state, 'loading');
    assert.isUndefined(element.engine);
    source.play('word', 'word');
    await until(element, 'the invitation', () => /You can speak/.test(part('status')?.textContent ?? ''));
    assert.isFalse(part('meter')?.hidden);
    await started;
    await until(element, 'the words', () => element.words.length === 2);
    assert.strictEqual(element.state, 'listening');
    assert.strictEqual(element.transcript, 'word0 word1');
    assert.isBelow(log.indexOf('ready'), log.indexOf('start'));
    await element.stop();
    assert.strictEqual(element.transcript, 'word0 word1 word2');
  });

  it('opens no microphone while the model is downloaded', async () => {
    const { element } = await rig({ query: 'ms=100' });
    const source = new HandSource(undefined, 'microphone');
    const started = element.start(source);
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert.strictEqual(element.state, 'loading');
    assert.notInclude(source.calls, 'start');
    await started;
    assert.include(source.calls, 'start');
    element.abort();
  });

  it('releases the source at once and drops what it recorded when it is aborted', async () => {
    const { element } = await rig({ query: 'prepare=600' });
    const source = new HandSource();
    const started = element.start(source).catch((cause: unknown) => cause);
    await until(element, 'the source to start', () => source.calls.includes('start'));
    element.abort();
    assert.isTrue(source.released);
    assert.strictEqual(element.state, 'idle');
    assert.strictEqual(((await started) as DOMException).name, 'AbortError');
  });
});
