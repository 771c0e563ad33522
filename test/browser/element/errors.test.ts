import { assert, fixture, html } from '@open-wc/testing';
import { SttError, type KyutaiSttElement } from '../../../src/index.js';
import { FAKE_WORKER, HandSource, logged, modelUrl, rejection, rig, rigOf, until } from './rig.js';

describe('<kyutai-stt> when something fails', () => {
  it('fires error before the promise rejects, shows the remedy, and can load again', async () => {
    const { element, log, part, button } = await rig({ query: 'fail=network&once' });
    const order: string[] = [];
    element.addEventListener('error', ({ detail }) => order.push(`event ${detail.code}`));
    await element.load().catch((cause: unknown) => order.push(`promise ${(cause as SttError).code}`));
    assert.deepEqual(order, ['event network', 'promise network']);
    await element.updateComplete;
    assert.strictEqual(element.state, 'failed');
    assert.strictEqual(element.error?.code, 'network');
    assert.strictEqual(part('error')?.getAttribute('role'), 'alert');
    assert.include(part('error')?.textContent, 'Check your connection');
    assert.strictEqual(part('status')?.textContent, ''); // screen readers read the alert only
    assert.include(button.textContent, 'Try again');
    await element.load();
    assert.strictEqual(element.state, 'ready');
    assert.strictEqual(element.error, undefined);
    assert.lengthOf(
      log.filter((entry) => entry === 'error'),
      1,
    );
  });

  it('shows and logs that `for` names no element', async () => {
    const { element, log, part, button } = await rig();
    element.htmlFor = 'nowhere';
    const lines = await logged(async () => {
      button.click();
      await until(element, 'the failure', () => element.state === 'failed');
    });
    assert.deepEqual(log, [':failed', 'error']);
    assert.include(part('error')?.textContent, 'This page isn’t set up correctly');
    assert.strictEqual(element.error?.code, 'invalid-argument');
    assert.lengthOf(lines, 1);
    assert.match(String(lines[0]), /for="nowhere" names no element.*\(invalid-argument\)$/);
  });

  it('rejects an unsupported source, and can listen to another one after it', async () => {
    const { element } = await rig();
    const error = await rejection(element.start(42 as never));
    assert.instanceOf(error, SttError);
    assert.strictEqual(error.code, 'invalid-argument');
    assert.strictEqual(element.error, error);
    await element.start(new HandSource());
    assert.strictEqual(element.state, 'listening');
    element.abort();
  });

  it('fires no start if the stream fails while its source is opening', async () => {
    const { element, log } = await rig();
    let allow = (): void => undefined;
    const source = new HandSource(new Promise((resolve) => (allow = resolve)));
    const starting = rejection(element.start(source));
    await until(element, 'the prompt', () => source.calls.includes('start'));
    source.play('backlog', 'fail');
    await until(element, 'the failure', () => element.state === 'failed');
    allow();
    assert.strictEqual(await starting, element.error);
    assert.deepEqual(
      log.filter((entry) => entry !== 'progress'),
      [':loading', 'ready', 'stall', ':failed', 'error'],
    );
  });

  it('keeps the model when the microphone is blocked', async () => {
    const { element, part, log } = await rig();
    const refused = new SttError('not-allowed', 'The visitor said no');
    const source = new HandSource(Promise.reject(refused));
    assert.strictEqual(await rejection(element.start(source)), refused);
    await element.updateComplete;
    assert.strictEqual(element.state, 'failed');
    assert.include(part('error')?.textContent, 'Allow microphone access');
    assert.strictEqual(source.released, true);
    await until(element, 'the model', () => log.includes('ready'));
    assert.strictEqual(element.state, 'failed'); // the remedy stays on the screen
    const { engineId } = element.engine ?? {};
    assert.typeOf(engineId, 'string');
    await element.start(new HandSource());
    assert.strictEqual(element.engine?.engineId, engineId);
    element.abort();
  });

  it('keeps the words when the engine fails during a stream, and fires end last', async () => {
    const { element, log } = await rig();
    const source = new HandSource();
    await element.start(source);
    source.play('word', 'fail');
    await until(element, 'the failure', () => element.state === 'failed');
    assert.strictEqual(element.transcript, 'word0');
    assert.deepEqual(log.slice(-3), [':failed', 'error', 'end']);
    assert.strictEqual(source.released, true);
  });

  it('transcribes the audio from before the microphone was unplugged', async () => {
    const { element } = await rig();
    const source = new HandSource();
    await element.start(source);
    source.play('word');
    source.onerror?.(new SttError('audio-capture', 'The device is gone'));
    await until(element, 'the failure', () => element.state === 'failed');
    assert.strictEqual(element.error?.code, 'audio-capture');
    assert.strictEqual(element.transcript, 'word0 word1');
  });

  it('rejects an unknown model name before any request', async () => {
    const { element } = await rig();
    element.model = 'no such model';
    const error = (await rejection(element.load())) as SttError;
    assert.strictEqual(error.code, 'invalid-argument');
    assert.include(error.message, 'no such model');
  });

  it('names the worker script that could not be started', async () => {
    for (const kind of ['dedicated', 'shared', 'auto']) {
      const element = await fixture<KyutaiSttElement>(
        html`<kyutai-stt model=${modelUrl()} worker-src="/status/404" worker-kind=${kind}></kyutai-stt>`,
      );
      rigOf(element);
      const error = (await rejection(element.load())) as SttError;
      assert.strictEqual(error.code, 'worker-failed');
      assert.include(error.message, '/status/404');
    }
  });

  it('rejects a worker of another version', async () => {
    const other = URL.createObjectURL(
      new Blob(["onmessage = ({ports: [port]}) => port.postMessage({type: 'hello', version: 99})"], {
        type: 'text/javascript',
      }),
    );
    const element = await fixture<KyutaiSttElement>(
      html`<kyutai-stt model=${modelUrl()} worker-src=${other} worker-kind="dedicated"></kyutai-stt>`,
    );
    rigOf(element);
    const error = (await rejection(element.load())) as SttError;
    assert.strictEqual(error.code, 'worker-failed');
    assert.match(error.message, /version 99/);
  });

  it('fails the stream when the worker throws, and starts a new worker', async () => {
    const breaking = URL.createObjectURL(
      new Blob(
        [
          `import ${JSON.stringify(FAKE_WORKER)}; addEventListener('message', ({data}) => { if (data === 'break') throw new Error('broken'); });
        const serve = self.onmessage; self.onmessage = (event) => { serve(event); setTimeout(() => { throw new Error('broken'); }, 300); };`,
        ],
        { type: 'text/javascript' },
      ),
    );
    const element = await fixture<KyutaiSttElement>(
      html`<kyutai-stt
        model=${new URL(modelUrl(), location.href).href}
        worker-src=${breaking}
        worker-kind="dedicated"
      ></kyutai-stt>`,
    );
    const { log } = rigOf(element);
    await element.start(new HandSource());
    await until(element, 'the failure', () => element.state === 'failed');
    assert.strictEqual(element.error?.code, 'worker-failed');
    assert.deepEqual(log.slice(-3), [':failed', 'error', 'end']);
    await element.load();
    assert.strictEqual(element.state, 'ready');
    // The new worker throws as well, which an earlier unload would hide.
    await until(element, 'the next failure', () => element.state === 'failed');
    element.unload();
  });
});
