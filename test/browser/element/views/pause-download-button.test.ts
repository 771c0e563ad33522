/** The button that pauses and resumes the download. */
import { assert, fixture, html } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import type { KyutaiSttElement } from '../../../../src/index.js';
import { assertAccessible, FAKE_WORKER, modelUrl, rig, rigOf, until, type Rig } from '../rig.js';

const STEP_MS = 300;
/** Three progress steps, of which the first reports a download rate. */
const SLOW = `ms=${STEP_MS}&rate=2000000`;

describe('<kyutai-stt> while its model is downloaded', () => {
  const held = ({ part }: Rig): string | undefined => part('hold')?.ariaLabel ?? undefined;

  it('has a button that pauses and resumes the download', async () => {
    const all = await rig({ query: SLOW });
    const { element, part } = all;
    const loaded = element.load();
    await until(element, 'the button', () => part('hold') !== null);
    assert.strictEqual(held(all), 'Pause download');
    assert.isAtLeast(part('hold')!.getBoundingClientRect().height, 44);
    assert.strictEqual(part('hold')!.title, 'Pause download');
    part('hold')?.click();
    await until(element, 'the pause', () => held(all) === 'Resume download');
    assert.include(part('status')?.textContent, 'Download paused');
    await assertAccessible(element);
    await new Promise((resolve) => setTimeout(resolve, 3 * STEP_MS));
    assert.strictEqual(element.state, 'loading', 'still loading after the time that the download takes');
    part('hold')?.click();
    await loaded;
    assert.strictEqual(part('hold'), null);
  });

  it('has a French label, and can be paused and resumed by methods', async () => {
    const french = await rig({ query: SLOW, lang: 'fr' });
    const second = french.element.load();
    await until(french.element, 'the button', () => held(french) === 'Mettre le téléchargement en pause');
    french.element.pause();
    await until(french.element, 'the pause', () => held(french) === 'Reprendre le téléchargement');
    assert.include(french.part('status')?.textContent, 'Téléchargement en pause');
    french.element.resume();
    await second;
  });

  it('can be paused and resumed with the keyboard, and moves the focus to the main button at the end', async () => {
    const all = await rig({ query: SLOW });
    const { element, part, button } = all;
    const loaded = element.load();
    await until(element, 'the button', () => part('hold') !== null);
    button.focus();
    await sendKeys({ press: 'Tab' });
    assert.strictEqual(element.shadowRoot?.activeElement, part('hold'));
    await sendKeys({ press: 'Space' });
    await until(element, 'the pause', () => held(all) === 'Resume download');
    assert.strictEqual(element.shadowRoot?.activeElement, part('hold'));
    await sendKeys({ press: 'Enter' });
    await loaded;
    await until(element, 'the button to go', () => part('hold') === null);
    assert.strictEqual(element.shadowRoot?.activeElement, button);
  });

  it('shows the pause in every element that shares the download, and any of them can resume it', async () => {
    const model = modelUrl(SLOW);
    const widget = async (): Promise<Rig> =>
      rigOf(
        await fixture<KyutaiSttElement>(
          html`<kyutai-stt model=${model} worker-src=${FAKE_WORKER} worker-kind="shared" lang="en"></kyutai-stt>`,
        ),
      );
    const [one, other] = [await widget(), await widget()];
    const loaded = Promise.all([one.element.load(), other.element.load()]);
    await until(one.element, 'the button', () => one.part('hold') !== null && other.part('hold') !== null);
    one.part('hold')?.click();
    await until(other.element, 'the pause', () => held(other) === 'Resume download');
    await until(one.element, 'the pause', () => held(one) === 'Resume download'); // on another port
    other.part('hold')?.click();
    await loaded;
    assert.deepEqual([one.element.state, other.element.state], ['ready', 'ready']);
    one.element.unload();
    other.element.unload();
  });

  it('has no pause button when the model is read from the cache', async () => {
    const { element, part } = await rig({ query: 'ms=20' });
    let seen = false;
    element.addEventListener('progress', () => {
      seen ||= part('hold') !== null;
    });
    await element.load();
    assert.strictEqual(seen, false);
  });
});
