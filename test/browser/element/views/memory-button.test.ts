import { assert, fixture, html } from '@open-wc/testing';
import type { KyutaiSttElement } from '../../../../src/index.js';
import {
  assertAccessible,
  FAKE_WORKER,
  HandSource,
  logged,
  modelUrl,
  rejection,
  rig,
  rigOf,
  until,
  type Rig,
} from '../rig.js';

describe('<kyutai-stt> without storage space for its model', () => {
  async function without(options: Parameters<typeof rig>[0] = {}): Promise<Rig> {
    const all = await rig({ query: 'fail=quota', ...options });
    await logged(() => rejection(all.element.load()));
    await all.element.updateComplete;
    return all;
  }

  it('offers to use the model without storing it, in the language of the visitor', async () => {
    const { element, part, button } = await without();
    assert.include(part('error')?.textContent, 'Free up some disk space');
    assert.include(button.textContent, 'Try again');
    assert.strictEqual(part('memory')?.textContent.trim(), 'Use the model without storing it');
    await assertAccessible(element);
    const french = await without({ lang: 'fr' });
    assert.strictEqual(french.part('memory')?.textContent.trim(), 'Utiliser le modèle sans le conserver');
    assert.strictEqual(french.part('memory')?.closest<HTMLElement>('[lang]')?.lang, 'fr');
  });

  it('starts again without storing the model, and moves the focus to the main button', async () => {
    const { element, part, button, log } = await without();
    element.htmlFor = 'sound';
    const sound = await fixture<HTMLAudioElement>(html`<audio id="sound"></audio>`);
    assert.ok(sound);
    part('memory')?.focus();
    part('memory')?.click();
    await until(element, 'the model', () => log.includes('ready'));
    assert.strictEqual(part('memory'), null);
    assert.strictEqual(element.shadowRoot?.activeElement, button);
    element.abort();
    await element.start(new HandSource());
    assert.strictEqual(element.state, 'listening');
    element.abort();
  });

  it('asks again for another model, and in another element', async () => {
    const { element, part, log } = await without();
    part('memory')?.click();
    await until(element, 'the model', () => log.includes('ready'));
    element.abort();
    element.model = modelUrl('fail=quota');
    await element.updateComplete;
    await logged(() => rejection(element.load()));
    await element.updateComplete;
    assert.strictEqual(element.error?.code, 'quota');
    assert.ok(part('memory'));
    const other = await without();
    assert.ok(other.part('memory'));
  });

  it('does not offer it after other failures, and disables the button with the element', async () => {
    const { part } = await without({ query: 'fail=network' });
    assert.ok(part('error'));
    assert.strictEqual(part('memory'), null);
    const { element, part: partOf } = await without();
    element.disabled = true;
    await element.updateComplete;
    assert.strictEqual(partOf('memory')?.matches(':disabled'), true);
  });

  it('uses memory without asking with when-full="memory"', async () => {
    const element = await fixture<KyutaiSttElement>(
      html`<kyutai-stt
        model=${modelUrl('fail=quota')}
        worker-src=${FAKE_WORKER}
        worker-kind="dedicated"
        when-full="memory"
        lang="en"
      ></kyutai-stt>`,
    );
    const { part } = rigOf(element);
    await element.load();
    assert.strictEqual(element.state, 'ready');
    assert.strictEqual(part('memory'), null);
  });
});
