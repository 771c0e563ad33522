import { assert } from '@open-wc/testing';
import type { SttError } from '../../../src/index.js';
import { HandSource, modelUrl, rejection, rig, rigOf, until } from './rig.js';

const isAbort = (cause: unknown): boolean => cause instanceof DOMException && cause.name === 'AbortError';
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60));

/** A microphone prompt that the test answers with `allow`. */
function prompt(): { opening: Promise<void>; allow: () => void } {
  let allow = (): void => undefined;
  const opening = new Promise<void>((resolve) => (allow = resolve));
  return { opening, allow };
}

describe('<kyutai-stt> when calls overlap', () => {
  it('does nothing on stop before start', async () => {
    const { element, log } = await rig();
    await element.stop();
    element.abort();
    assert.strictEqual(element.state, 'idle');
    assert.deepEqual(log, []);
  });

  it('rejects a second start and continues the first', async () => {
    const { element, log } = await rig();
    const [first, second] = [new HandSource(), new HandSource()];
    const starting = element.start(first);
    assert.strictEqual(((await rejection(element.start(second))) as SttError).code, 'invalid-state');
    await starting;
    assert.strictEqual(((await rejection(element.start(second))) as SttError).code, 'invalid-state');
    assert.deepEqual(second.calls, []);
    first.play('word');
    await until(element, 'a word of the first', () => element.words.length === 1);
    assert.lengthOf(
      log.filter((entry) => entry === 'error'),
      2,
    );
    element.abort();
  });

  it('cancels the load when stopped during it', async () => {
    const { element, log } = await rig({ query: 'ms=30' });
    const source = new HandSource();
    const starting = element.start(source);
    await until(element, 'progress', () => log.includes('progress'));
    await element.stop();
    assert.strictEqual(isAbort(await rejection(starting)), true);
    await settled();
    assert.strictEqual(element.state, 'idle');
    assert.notInclude(log, 'error');
    assert.notInclude(log, 'ready');
    assert.notInclude(source.calls, 'start');
  });

  it('loads again after a cancelled load', async () => {
    const { element } = await rig({ query: 'ms=10' });
    const loading = element.load();
    element.abort();
    assert.strictEqual(isAbort(await rejection(loading)), true);
    await element.load();
    assert.strictEqual(element.state, 'ready');
  });

  it('releases the microphone when stopped while its prompt is open', async () => {
    const { element, log } = await rig();
    const { opening, allow } = prompt();
    const source = new HandSource(opening);
    const starting = element.start(source);
    // The prompt opens once the model is downloaded, which may be before it is ready; a stop cancels a load.
    await until(element, 'the prompt', () => source.calls.includes('start') && log.includes('ready'));
    await element.stop();
    assert.strictEqual(source.released, true);
    allow();
    assert.strictEqual(isAbort(await rejection(starting)), true);
    assert.strictEqual(element.state, 'ready');
    assert.notInclude(log, 'start');
  });

  it('drops the words of an aborted stream', async () => {
    const { element } = await rig();
    const [first, second] = [new HandSource(), new HandSource()];
    await element.start(first);
    first.play('word', 'word');
    element.abort();
    await element.start(second);
    await settled();
    assert.lengthOf(element.words, 0);
    second.play('word');
    await until(element, 'a word of the second', () => element.words.length === 1);
    element.abort();
  });

  it('stops the microphone and releases the model when it is removed during a stream and not put back', async () => {
    const { element, log } = await rig();
    const source = new HandSource();
    await element.start(source);
    source.play('word', 'partial');
    await until(element, 'the unfinished word', () => element.words.length === 1);
    element.remove();
    await until(element, 'the end', () => element.state === 'idle');
    assert.strictEqual(source.released, true);
    assert.deepEqual(log.slice(-2), ['end', ':idle']);
    const count = log.filter((entry) => entry === 'transcript').length;
    source.play('word');
    await settled();
    assert.strictEqual(log.filter((entry) => entry === 'transcript').length, count);
  });

  it('continues to listen when it is moved', async () => {
    const { element, log } = await rig();
    const source = new HandSource();
    await element.start(source);
    const place = document.createElement('div');
    element.parentElement?.append(place);
    place.append(element);
    await settled();
    assert.strictEqual(element.state, 'listening');
    source.play('word');
    await until(element, 'a word', () => element.words.length === 1);
    assert.notInclude(log, 'end');
    element.abort();
  });

  it('ends a running stream with its last words when it is disabled', async () => {
    const { element, button } = await rig();
    const source = new HandSource();
    await element.start(source);
    source.play('word');
    element.disabled = true;
    await until(element, 'the end', () => element.state === 'ready');
    assert.strictEqual(source.released, true);
    assert.strictEqual(element.transcript, 'word0 word1');
    assert.strictEqual(button.disabled, true);
    assert.strictEqual(((await rejection(element.start(new HandSource()))) as SttError).code, 'invalid-state');
  });

  it('continues a load when it is disabled', async () => {
    const { element } = await rig({ query: 'ms=10' });
    const loading = element.load();
    element.disabled = true;
    await loading;
    assert.strictEqual(element.state, 'ready');
  });

  it('finishes the stream with the old model when the model changes, then releases it', async () => {
    const { element } = await rig();
    const source = new HandSource();
    await element.start(source);
    const { engineId } = element.engine ?? {};
    element.model = modelUrl();
    await element.updateComplete;
    assert.strictEqual(element.state, 'listening');
    source.play('word');
    await element.stop();
    assert.strictEqual(element.transcript, 'word0 word1');
    assert.strictEqual(element.state, 'idle');
    await element.load();
    assert.notStrictEqual(element.engine?.engineId, engineId);
  });

  it('loads the new model after the stream with the old one, with autoload', async () => {
    const { element, log } = await rig();
    element.autoload = true;
    await until(element, 'the old model', () => element.state === 'ready');
    for (const leave of ['stop', 'abort'] as const) {
      const source = new HandSource();
      await element.start(source);
      const { engineId } = element.engine ?? {};
      element.model = modelUrl();
      await element.updateComplete;
      assert.strictEqual(element.state, 'listening');
      await element[leave]();
      await until(element, 'the new model', () => element.state === 'ready' && element.engine?.engineId !== engineId);
      assert.deepEqual(
        log.slice(log.lastIndexOf('end')).filter((entry) => entry !== 'progress'),
        ['end', ':idle', ':loading', ':ready', 'ready'],
      );
    }
  });

  it('loads no new model when it is removed during the stream', async () => {
    const { element, log } = await rig();
    element.autoload = true;
    await element.start(new HandSource());
    element.model = modelUrl();
    await element.updateComplete;
    element.remove();
    await until(element, 'the end', () => element.state === 'idle');
    assert.deepEqual(log.slice(-2), ['end', ':idle']);
  });

  it('opens no microphone outside the document', async () => {
    const element = document.createElement('kyutai-stt');
    element.model = modelUrl();
    rigOf(element);
    const source = new HandSource();
    const error = (await rejection(element.start(source))) as SttError;
    assert.strictEqual(error.code, 'invalid-state');
    assert.include(error.message, 'outside the document');
    assert.deepEqual(source.calls, []);
  });

  it('rejects a start in the same task in which it was removed', async () => {
    const { element } = await rig();
    const [first, second] = [new HandSource(), new HandSource()];
    await element.start(first);
    const parent = element.parentElement;
    element.remove();
    const error = (await rejection(element.start(second))) as SttError;
    assert.include(error.message, 'outside the document');
    await until(element, 'the end', () => element.state === 'idle');
    assert.strictEqual(first.released, true);
    parent?.append(element);
    await element.start(second);
    assert.strictEqual(element.state, 'listening');
    element.abort();
  });

  it('loads a model that was set in the same task', async () => {
    const { element, log } = await rig();
    await element.load();
    const { engineId } = element.engine ?? {};
    element.model = modelUrl();
    await element.load();
    await settled();
    assert.strictEqual(element.state, 'ready');
    assert.typeOf(element.engine?.engineId, 'string');
    assert.notStrictEqual(element.engine?.engineId, engineId);
    assert.lengthOf(
      log.filter((entry) => entry === 'ready'),
      2,
    );
  });

  it('cancels the load when the model changes, and loads the new one with autoload', async () => {
    const { element } = await rig({ query: 'ms=20' });
    element.autoload = true;
    await until(element, 'the load', () => element.state === 'loading');
    element.model = modelUrl();
    await until(element, 'the new model', () => element.state === 'ready');
  });

  it('releases the model on unload and ends the stream', async () => {
    const { element, log } = await rig();
    const source = new HandSource();
    await element.start(source);
    element.unload();
    assert.strictEqual(source.released, true);
    assert.strictEqual(element.state, 'idle');
    assert.strictEqual(element.engine, undefined);
    assert.strictEqual(log.at(-2), 'end');
  });

  it('shares one load between load and start', async () => {
    const { element, log } = await rig({ query: 'ms=10' });
    const loading = element.load();
    await element.start(new HandSource());
    await loading;
    assert.lengthOf(
      log.filter((entry) => entry === 'ready'),
      1,
    );
    assert.strictEqual(element.state, 'listening');
    element.abort();
  });
});
