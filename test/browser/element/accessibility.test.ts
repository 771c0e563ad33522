import { assert, fixture, html } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import { REMEDIES, type SttErrorCode } from '../../../src/errors.js';
import { SttError, type KyutaiSttElement } from '../../../src/index.js';
import { assertAccessible, HandSource, rejection, rig, until } from './rig.js';

describe('the accessibility of <kyutai-stt>', () => {
  afterEach(() => {
    document.documentElement.removeAttribute('style');
  });

  const pages = {
    'a plain page': '',
    'a dark page with color-scheme': 'color-scheme: dark; background: #121417; color: #e8eaee',
    'a dark page without color-scheme': 'background: #121417; color: #e8eaee',
  };
  for (const [page, style] of Object.entries(pages)) {
    for (const mode of ['captions', 'transcript', 'button'] as const) {
      it(`is accessible in every state on ${page}, mode ${mode}`, async () => {
        document.documentElement.setAttribute('style', style);
        await passesEverywhere(mode);
      });
    }
  }

  async function passesEverywhere(mode: KyutaiSttElement['mode']): Promise<void> {
    const { element } = await rig({ query: 'ms=300' });
    element.mode = mode;
    await element.updateComplete;
    await assertAccessible(element);
    const loading = element.load();
    await until(element, 'loading', () => element.state === 'loading');
    await assertAccessible(element);
    await loading;
    await element.updateComplete;
    await assertAccessible(element);
    const source = new HandSource();
    await element.start(source);
    source.play('word', 'turn', 'word', 'partial');
    await until(element, 'words', () => element.words.length === 2);
    await assertAccessible(element);
    element.pause();
    await element.updateComplete;
    await assertAccessible(element);
    element.resume();
    source.play('fail');
    await until(element, 'the failure', () => element.state === 'failed');
    await assertAccessible(element);
    element.disabled = true;
    await element.updateComplete;
    await assertAccessible(element);
  }

  it('can be used with the keyboard', async () => {
    const { element, button, log } = await rig({ query: 'fail=network' });
    element.focus();
    assert.strictEqual(element.shadowRoot?.activeElement, button);
    await sendKeys({ press: 'Enter' });
    await until(element, 'the failure', () => log.includes(':failed'));
    await sendKeys({ press: 'Space' });
    await until(element, 'another try', () => log.filter((entry) => entry === ':loading').length === 2);
  });

  it('cancels a load on Escape, and ends listening after the last words', async () => {
    const { element } = await rig({ query: 'ms=50' });
    const cancelled = rejection(element.load());
    element.focus();
    await sendKeys({ press: 'Escape' });
    await cancelled;
    assert.strictEqual(element.state, 'idle');
    await element.start(new HandSource());
    await sendKeys({ press: 'Escape' });
    await until(element, 'the end', () => element.state === 'ready');
    assert.strictEqual(element.transcript, 'word0');
  });

  it('keeps the focus on the button from start to end', async () => {
    const { element, button } = await rig();
    element.focus();
    const source = new HandSource();
    await element.start(source);
    const stopping = element.stop();
    await element.updateComplete;
    assert.strictEqual(element.state, 'finishing');
    assert.strictEqual(button.getAttribute('aria-disabled'), 'true');
    assert.strictEqual(element.shadowRoot?.activeElement, button);
    await stopping;
  });

  it('names the button by what it does next', async () => {
    const { element, button } = await rig({ query: 'ms=20' });
    const name = (): string => button.textContent.trim();
    assert.strictEqual(name(), 'Start listening');
    const loading = element.load();
    await until(element, 'loading', () => name() === 'Cancel');
    await loading;
    await element.start(new HandSource());
    await element.updateComplete;
    assert.strictEqual(name(), 'Stop listening');
    assert.strictEqual(button.hasAttribute('aria-pressed'), false);
    element.abort();
  });

  it('labels the progress bar and gives its amount', async () => {
    const { element, part } = await rig({ query: 'ms=50' });
    const loading = element.load();
    await until(element, 'an amount', () => part('progress')?.hasAttribute('aria-valuetext') ?? false);
    assert.include(part('progress')?.getAttribute('aria-label'), 'model');
    assert.match(part('progress')?.getAttribute('aria-valuetext') ?? '', /^\d\.\d \/ 2\.0\u00a0MB$/);
    await loading;
  });

  it('has its parts in the modes captions and transcript', async () => {
    const { element, part } = await rig();
    for (const name of ['button', 'icon', 'label', 'meter', 'status', 'toolbar', 'captions'])
      assert.ok(part(name), name);
    element.mode = 'transcript';
    const source = new HandSource();
    await element.start(source);
    source.play('word', 'partial');
    await until(element, 'a word', () => part('interim') !== null);
    for (const name of ['transcript', 'line', 'word', 'interim']) assert.ok(part(name), name);
    element.abort();
  });
});

describe('<kyutai-stt> in French', () => {
  it('uses the language of its lang attribute, or of the page around it', async () => {
    const { button } = await rig({ lang: 'fr-CA' });
    assert.include(button.textContent, 'Démarrer l’écoute');
    const around = await fixture<HTMLElement>(
      html`<section lang="fr"><kyutai-stt model="demo"></kyutai-stt></section>`,
    );
    const inner = around.querySelector('kyutai-stt') as KyutaiSttElement;
    await inner.updateComplete;
    assert.include(inner.shadowRoot?.querySelector('button')?.textContent, 'Démarrer l’écoute');
    inner.lang = 'en';
    await inner.updateComplete;
    assert.include(inner.shadowRoot?.querySelector('button')?.textContent, 'Start listening');
  });

  for (const lang of ['fr', 'fr_FR', 'fr_FR.UTF-8', 'FR', ' fr-CA '])
    it(`uses the language of the page, written as ${JSON.stringify(lang)}`, async () => {
      const before = document.documentElement.lang;
      document.documentElement.lang = lang;
      try {
        const element = await fixture<KyutaiSttElement>(html`<kyutai-stt model="demo"></kyutai-stt>`);
        const button = element.shadowRoot?.querySelector('button');
        assert.include(button?.textContent, 'Démarrer l’écoute');
        assert.equal(button?.closest('[lang]')?.getAttribute('lang'), 'fr');
      } finally {
        document.documentElement.lang = before;
      }
    });

  it('has every remedy in French', async () => {
    for (const code of Object.keys(REMEDIES) as SttErrorCode[]) {
      const { element, part } = await rig({ lang: 'fr' });
      const failing = new HandSource(Promise.reject(new SttError(code, 'told to')));
      await rejection(element.start(failing));
      await element.updateComplete;
      const shown = part('error')?.textContent ?? '';
      assert.isAbove(shown.length, 10, code);
      assert.notInclude(shown, REMEDIES[code]);
    }
  });

  it('formats numbers as in French, and sets lang on its texts', async () => {
    const { element, part } = await rig({ query: 'ms=50', lang: 'fr' });
    const loading = element.load();
    await until(element, 'an amount', () => part('progress')?.hasAttribute('aria-valuetext') ?? false);
    assert.match(part('progress')?.getAttribute('aria-valuetext') ?? '', /^\d,\d \/ 2,0\u00a0Mo$/);
    await loading;
    assert.strictEqual(part('toolbar')?.lang, 'fr');
    assert.strictEqual(part('captions')?.lang, ''); // the transcript may be in any language
    await rejection(element.start(new HandSource(Promise.reject(new SttError('not-allowed', 'no')))));
    await element.updateComplete;
    assert.strictEqual(part('error')?.lang, 'fr');
  });

  it('falls back to a supported language, and sets no lang on texts of the page', async () => {
    const { element, part } = await rig({ lang: 'zh' });
    assert.include(['en', 'fr'], part('toolbar')?.lang); // the browser's, or English
    element.strings = { start: '开始' };
    await element.updateComplete;
    assert.strictEqual(part('toolbar')?.hasAttribute('lang'), false);
  });

  it('shows the texts that the page replaces', async () => {
    const { element, button } = await rig();
    element.strings = { start: 'Talk to us' };
    await element.updateComplete;
    assert.include(button.textContent, 'Talk to us');
  });
});
