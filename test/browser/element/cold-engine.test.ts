/** `stop()` before the model is ready: what was recorded is transcribed; `abort()` drops it. */
import { assert } from '@open-wc/testing';
import type { KyutaiSttElement, SttError } from '../../../src/index.js';
import { gate, HandSource, logged, modelUrl, rejection, rig, until } from './rig.js';

const status = ({ shadowRoot }: KyutaiSttElement): string | null | undefined =>
  shadowRoot?.querySelector('[part=status]')?.textContent;

/** Resolves once the element records, and its model is not ready yet. */
async function recording(element: KyutaiSttElement): Promise<void> {
  await until(element, 'the recording', () => status(element)?.startsWith('You can speak now') === true);
}

describe('<kyutai-stt> when it is stopped before the model is ready', () => {
  it('transcribes what was recorded', async () => {
    const { query, open } = gate();
    const { element, log, part, button } = await rig({ query });
    const source = new HandSource();
    const starting = element.start(source);
    await recording(element);
    assert.strictEqual(button.textContent.trim(), 'Stop listening');
    source.play('word', 'word');
    const stopping = element.stop();
    assert.strictEqual(element.stop() instanceof Promise, true); // once is enough, but twice does no harm
    assert.isTrue(source.released);
    await element.updateComplete;
    assert.strictEqual(element.state, 'loading');
    assert.strictEqual(part('status')?.textContent, 'Your words will appear when the model is ready.');
    assert.strictEqual(button.textContent.trim(), 'Cancel');
    open();
    await starting;
    assert.strictEqual(element.state, 'finishing');
    await stopping;
    assert.strictEqual(element.transcript, 'word0 word1 word2');
    assert.deepEqual(
      log.filter((entry) => entry !== 'progress' && entry !== 'transcript'),
      [':loading', 'ready', ':finishing', 'start', ':ready', 'end'],
    );
  });

  it('transcribes it when the button is pressed, and drops it when the button is pressed again', async () => {
    const { query, open } = gate();
    const { element, log, button } = await rig({ query });
    const source = new HandSource();
    const starting = element.start(source);
    await recording(element);
    source.play('word');
    button.click();
    await element.updateComplete;
    assert.strictEqual(element.state, 'loading');
    // Escape, pressed twice by accident, drops nothing.
    button.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, composed: true }));
    assert.strictEqual(element.state, 'loading');
    button.click();
    assert.strictEqual(((await rejection(starting)) as DOMException).name, 'AbortError');
    assert.strictEqual(element.state, 'idle');
    const loading = element.load();
    await until(element, 'the preparation', () => status(element) === 'Preparing the speech model…');
    open();
    await loading;
    assert.strictEqual(element.transcript, '');
    assert.notInclude(log, 'start');
  });

  it('drops it on abort()', async () => {
    const { element } = await rig({ query: gate().query });
    const source = new HandSource();
    const starting = element.start(source);
    await recording(element);
    source.play('word');
    const stopping = element.stop();
    element.abort();
    for (const promise of [starting, stopping])
      assert.strictEqual(((await rejection(promise)) as DOMException).name, 'AbortError');
    element.model = modelUrl();
    await element.start(new HandSource());
    assert.strictEqual(element.transcript, '');
    element.abort();
  });

  it('transcribes a source that ends by itself meanwhile', async () => {
    const { query, open } = gate();
    const { element } = await rig({ query });
    const source = new HandSource();
    const starting = element.start(source);
    await recording(element);
    source.play('word');
    source.runOut();
    assert.strictEqual(element.state, 'loading');
    open();
    await starting;
    await until(element, 'the end', () => element.state === 'ready');
    assert.strictEqual(element.transcript, 'word0 word1');
  });

  it('reports the failure of the model', async () => {
    const { element, log } = await rig({ query: 'fail=network' });
    const source = new HandSource();
    await logged(async () => {
      const error = (await rejection(element.start(source))) as SttError;
      assert.strictEqual(error.code, 'network');
    });
    assert.lengthOf(
      log.filter((entry) => entry === 'error'),
      1,
    );
  });

  it('cancels the load where nothing was recorded', async () => {
    const { element } = await rig({ query: 'ms=600000' });
    const source = new HandSource();
    const starting = element.start(source);
    await element.stop();
    assert.strictEqual(((await rejection(starting)) as DOMException).name, 'AbortError');
    assert.strictEqual(element.state, 'idle');
    assert.notInclude(source.calls, 'start');
  });

  it('stops a stream whose words arrive before its source reports that it is open', async () => {
    const { element } = await rig();
    await element.load();
    let open = (): void => undefined;
    const source = new HandSource(new Promise((resolve) => (open = resolve)));
    const starting = element.start(source);
    await until(element, 'the prompt', () => source.calls.includes('start'));
    source.play('word');
    await until(element, 'a word', () => element.state === 'listening');
    const stopping = element.stop();
    open();
    await starting;
    await stopping;
    assert.strictEqual(element.transcript, 'word0 word1');
    assert.strictEqual(element.state, 'ready');
  });

  it('records while the model is downloaded if start-when is "now", and transcribes it after stop()', async () => {
    const { query, open } = gate('arrive');
    const { element, button, part } = await rig({ query });
    element.setAttribute('start-when', 'now');
    const source = new HandSource(undefined, 'microphone');
    const starting = element.start(source);
    await recording(element);
    assert.strictEqual(button.textContent.trim(), 'Stop listening');
    assert.isNotNull(part('progress'));
    source.play('word', 'word');
    const stopping = element.stop();
    assert.isTrue(source.released);
    await element.updateComplete;
    assert.strictEqual(part('status')?.textContent, 'Your words will appear when the model is ready.');
    assert.strictEqual(button.textContent.trim(), 'Cancel');
    open();
    await starting;
    await stopping;
    assert.strictEqual(element.transcript, 'word0 word1 word2');
    assert.strictEqual(element.state, 'ready');
  });

  it('goes on listening if the model arrives first', async () => {
    const { query, open } = gate('arrive');
    const { element } = await rig({ query });
    element.startWhen = 'now';
    const source = new HandSource(undefined, 'microphone');
    const starting = element.start(source);
    await recording(element);
    source.play('word');
    open();
    await starting;
    assert.strictEqual(element.state, 'listening');
    source.play('word');
    await element.stop();
    assert.strictEqual(element.transcript, 'word0 word1 word2');
  });

  it('ends the recording after five minutes, and keeps it', async () => {
    const { query, open } = gate('arrive');
    const { element, part } = await rig({ query });
    element.startWhen = 'now';
    const source = new HandSource(undefined, 'microphone');
    const starting = element.start(source);
    await recording(element);
    source.play('word');
    const frames = (5 * 60) / 0.08;
    for (let i = 1; i < frames; i++) source.onlevel?.({ rms: 0.1, peak: 0.2 });
    assert.isFalse(source.released);
    source.onlevel?.({ rms: 0.1, peak: 0.2 });
    assert.isTrue(source.released);
    await element.updateComplete;
    assert.strictEqual(part('status')?.textContent, 'Your words will appear when the model is ready.');
    open();
    await starting;
    await until(element, 'the end', () => element.state === 'ready');
    assert.strictEqual(element.transcript, 'word0 word1');
  });
});
