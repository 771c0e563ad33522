/** A language that a page adds to the element's own. */
import { assert, fixture, html } from '@open-wc/testing';
import { registerStrings, type KyutaiSttElement } from '../../../src/index.js';

describe('registerStrings', () => {
  it('adds a language with its direction, falls back to English, and updates elements that are shown', async () => {
    const element = await fixture<KyutaiSttElement>(html`<kyutai-stt model="demo" lang="he-IL"></kyutai-stt>`);
    const label = (): HTMLElement => element.shadowRoot!.querySelector('[part=label]')!;
    const toolbar = (): HTMLElement => element.shadowRoot!.querySelector('[part=toolbar]')!;
    assert.strictEqual(label().textContent, 'Start listening');
    registerStrings('he', { start: 'התחל', remedies: { network: 'נסה שוב' } }, { dir: 'rtl' });
    await element.updateComplete;
    assert.strictEqual(label().textContent, 'התחל');
    assert.strictEqual(getComputedStyle(label()).direction, 'rtl');
    assert.strictEqual(toolbar().lang, 'he');
    assert.include(element.shadowRoot!.querySelector('.invitation')!.textContent, 'Press the button');
    element.strings = { start: 'הקשב' };
    await element.updateComplete;
    assert.strictEqual(label().textContent, 'הקשב');
  });

  it('refuses a malformed language or direction', () => {
    for (const tag of ['', 'German language', '../de'])
      assert.throws(() => registerStrings(tag, {}), /invalid-argument/, tag);
    assert.throws(() => registerStrings('de', {}, { dir: 'down' as never }), /invalid-argument/);
  });
});
