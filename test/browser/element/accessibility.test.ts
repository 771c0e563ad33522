import { expect, fixture, html } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import { REMEDIES, type SttErrorCode } from '../../../src/errors.js';
import { SttError, type KyutaiSttElement } from '../../../src/index.js';
import { HandSource, rejection, rig, until } from './rig.js';

describe('<kyutai-stt> for everyone', () => {
  it('is accessible in every state and mode', async () => {
    for (const mode of ['captions', 'transcript', 'button'] as const) {
      const { element } = await rig({ query: 'ms=300' });
      element.mode = mode;
      await element.updateComplete;
      await expect(element).to.be.accessible();
      const loading = element.load();
      await until(element, 'loading', () => element.state === 'loading');
      await expect(element).to.be.accessible();
      await loading;
      await element.updateComplete;
      await expect(element).to.be.accessible();
      const source = new HandSource();
      await element.start(source);
      source.play('word', 'turn', 'word', 'partial');
      await until(element, 'words', () => element.words.length === 2);
      await expect(element).to.be.accessible();
      element.pause();
      await element.updateComplete;
      await expect(element).to.be.accessible();
      element.resume();
      source.play('fail');
      await until(element, 'the failure', () => element.state === 'failed');
      await expect(element).to.be.accessible();
      element.disabled = true;
      await element.updateComplete;
      await expect(element).to.be.accessible();
    }
  });

  it('is worked from the keyboard', async () => {
    const { element, button, log } = await rig({ query: 'fail=network' });
    element.focus();
    expect(element.shadowRoot?.activeElement).to.equal(button);
    await sendKeys({ press: 'Enter' });
    await until(element, 'the failure', () => log.includes(':failed'));
    await sendKeys({ press: 'Space' });
    await until(element, 'another try', () => log.filter((entry) => entry === ':loading').length === 2);
  });

  it('leaves on Escape: cancels a load, ends listening with its last words', async () => {
    const { element } = await rig({ query: 'ms=50' });
    const cancelled = rejection(element.load());
    element.focus();
    await sendKeys({ press: 'Escape' });
    await cancelled;
    expect(element.state).to.equal('idle');
    await element.start(new HandSource());
    await sendKeys({ press: 'Escape' });
    await until(element, 'the end', () => element.state === 'ready');
    expect(element.transcript).to.equal('word0');
  });

  it('keeps the focus on the button from start to end', async () => {
    const { element, button } = await rig();
    element.focus();
    const source = new HandSource();
    await element.start(source);
    const stopping = element.stop();
    await element.updateComplete;
    expect(element.state).to.equal('finishing');
    expect(button.getAttribute('aria-disabled')).to.equal('true');
    expect(element.shadowRoot?.activeElement).to.equal(button);
    await stopping;
  });

  it('names the button by what it does next', async () => {
    const { element, button } = await rig({ query: 'ms=20' });
    const name = (): string => (button.textContent ?? '').trim();
    expect(name()).to.equal('Start listening');
    const loading = element.load();
    await until(element, 'loading', () => name() === 'Cancel');
    await loading;
    await element.start(new HandSource());
    await element.updateComplete;
    expect(name()).to.equal('Stop listening');
    expect(button.hasAttribute('aria-pressed')).to.equal(false);
    element.abort();
  });

  it('labels the progress and says the amount', async () => {
    const { element, part } = await rig({ query: 'ms=50' });
    const loading = element.load();
    await until(element, 'an amount', () => part('progress')?.hasAttribute('aria-valuetext') ?? false);
    expect(part('progress')?.getAttribute('aria-label')).to.contain('model');
    expect(part('progress')?.getAttribute('aria-valuetext')).to.match(/^\d\.\d \/ 2\.0 MB$/);
    await loading;
  });

  it('has every part where it belongs', async () => {
    const { element, part } = await rig();
    for (const name of ['button', 'icon', 'label', 'meter', 'status', 'toolbar', 'captions'])
      expect(part(name), name).not.to.equal(null);
    element.mode = 'transcript';
    const source = new HandSource();
    await element.start(source);
    source.play('word', 'partial');
    await until(element, 'a word', () => part('interim') !== null);
    for (const name of ['transcript', 'line', 'word', 'interim']) expect(part(name), name).not.to.equal(null);
    element.abort();
  });
});

describe('<kyutai-stt> in French', () => {
  it('speaks the language of its lang attribute, or of the page around it', async () => {
    const { button } = await rig({ lang: 'fr-CA' });
    expect(button.textContent).to.contain('Écouter');
    const around = await fixture<HTMLElement>(html`<section lang="fr"><kyutai-stt></kyutai-stt></section>`);
    const inner = around.querySelector('kyutai-stt') as KyutaiSttElement;
    await inner.updateComplete;
    expect(inner.shadowRoot?.querySelector('button')?.textContent).to.contain('Écouter');
    inner.lang = 'en';
    await inner.updateComplete;
    expect(inner.shadowRoot?.querySelector('button')?.textContent).to.contain('Start listening');
  });

  it('offers every remedy in French', async () => {
    for (const code of Object.keys(REMEDIES) as SttErrorCode[]) {
      const { element, part } = await rig({ lang: 'fr' });
      const failing = new HandSource(Promise.reject(new SttError(code, 'told to')));
      await rejection(element.start(failing));
      await element.updateComplete;
      expect(part('error')?.textContent, code)
        .to.match(/[a-zéèà]/)
        .and.not.to.contain(REMEDIES[code]);
    }
  });

  it('shows the words a page replaces', async () => {
    const { element, button } = await rig();
    element.strings = { start: 'Talk to us' };
    await element.updateComplete;
    expect(button.textContent).to.contain('Talk to us');
  });
});
