import { expect, fixture, html } from '@open-wc/testing';
import { SttError, type KyutaiSttElement } from '../../../src/index.js';
import { FAKE_WORKER, HandSource, modelUrl, rejection, rig, rigOf, until } from './rig.js';

describe('<kyutai-stt> when something fails', () => {
  it('tells before the promise rejects, shows the remedy, and tries again on a press', async () => {
    const { element, log, part, button } = await rig({ query: 'fail=network&once' });
    const order: string[] = [];
    element.addEventListener('error', ({ detail }) => order.push(`event ${detail.code}`));
    await element.load().catch((cause: unknown) => order.push(`promise ${(cause as SttError).code}`));
    expect(order).to.deep.equal(['event network', 'promise network']);
    await element.updateComplete;
    expect(element.state).to.equal('failed');
    expect(element.error?.code).to.equal('network');
    expect(part('error')?.getAttribute('role')).to.equal('alert');
    expect(part('error')?.textContent).to.contain('Check the connection');
    expect(button.textContent).to.contain('Try again');
    await element.load();
    expect(element.state).to.equal('ready');
    expect(element.error).to.equal(undefined);
    expect(log.filter((entry) => entry === 'error')).to.have.length(1);
  });

  it('keeps the model when the microphone is refused', async () => {
    const { element, part } = await rig();
    const refused = new SttError('not-allowed', 'The visitor said no');
    const source = new HandSource(Promise.reject(refused));
    expect(await rejection(element.start(source))).to.equal(refused);
    await element.updateComplete;
    expect(element.state).to.equal('failed');
    expect(part('error')?.textContent).to.contain('Allow the microphone');
    expect(source.released).to.equal(true);
    const { engineId } = element.engine ?? {};
    expect(engineId).to.be.a('string');
    await element.start(new HandSource());
    expect(element.engine?.engineId).to.equal(engineId);
    element.abort();
  });

  it('keeps the words when the engine fails mid-stream, and tells the end last', async () => {
    const { element, log } = await rig();
    const source = new HandSource();
    await element.start(source);
    source.play('word', 'fail');
    await until(element, 'the failure', () => element.state === 'failed');
    expect(element.transcript).to.equal('word0');
    expect(log.slice(-3)).to.deep.equal([':failed', 'error', 'end']);
    expect(source.released).to.equal(true);
  });

  it('still brings out what was said before the microphone was unplugged', async () => {
    const { element } = await rig();
    const source = new HandSource();
    await element.start(source);
    source.play('word');
    source.onerror?.(new SttError('audio-capture', 'The device is gone'));
    await until(element, 'the failure', () => element.state === 'failed');
    expect(element.error?.code).to.equal('audio-capture');
    expect(element.transcript).to.equal('word0 word1');
  });

  it('says that a model name is not known before it fetches anything', async () => {
    const { element } = await rig();
    element.model = 'owner/repo';
    const error = (await rejection(element.load())) as SttError;
    expect(error.code).to.equal('invalid-argument');
    expect(error.message).to.contain('owner/repo');
  });

  it('says which worker script could not be started', async () => {
    for (const kind of ['dedicated', 'shared', 'auto']) {
      const element = await fixture<KyutaiSttElement>(
        html`<kyutai-stt model=${modelUrl()} worker-src="/status/404" worker-kind=${kind}></kyutai-stt>`,
      );
      rigOf(element);
      const error = (await rejection(element.load())) as SttError;
      expect(error.code).to.equal('worker-failed');
      expect(error.message).to.contain('/status/404');
    }
  });

  it('refuses a worker of another version', async () => {
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
    expect(error.code).to.equal('worker-failed');
    expect(error.message).to.match(/version 99/);
  });

  it('fails what is on when the worker itself breaks, and starts a new one', async () => {
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
    expect(element.error?.code).to.equal('worker-failed');
    expect(log.slice(-3)).to.deep.equal([':failed', 'error', 'end']);
    await element.load();
    expect(element.state).to.equal('ready');
    element.unload();
  });
});
