import { assert, fixture, html } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import { parseSettings, SETTINGS_KEY, visitorSettings } from '../../../../src/element/controllers/visitor-settings.js';
import type { KyutaiSttElement } from '../../../../src/index.js';
import { assertAccessible, HandSource, rig, until } from '../rig.js';

const select = (element: KyutaiSttElement, name: string): HTMLSelectElement => {
  const found = element.shadowRoot?.querySelector<HTMLSelectElement>(`select[name=${name}]`);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
};
const choose = (element: KyutaiSttElement, name: string, value: string): void => {
  const control = select(element, name);
  control.value = value;
  control.dispatchEvent(new Event('change'));
};
const look = ({ element }: { element: KyutaiSttElement }): CSSStyleDeclaration =>
  getComputedStyle(element.shadowRoot?.querySelector('[part~=captions]') ?? element);

describe("the visitor's settings", () => {
  afterEach(() => {
    visitorSettings.reset();
  });

  it('apply to every element of the page at once, and are stored', async () => {
    const [first, second] = [await rig(), await rig()];
    const { fontSize, blockSize } = look(second);
    choose(first.element, 'size', 'larger');
    choose(first.element, 'lines', '1');
    await second.element.updateComplete;
    assert.strictEqual(parseFloat(look(second).fontSize), parseFloat(fontSize) * 1.8);
    assert.isBelow(parseFloat(look(second).blockSize), parseFloat(blockSize));
    assert.strictEqual(select(second.element, 'size').value, 'larger');
    assert.deepEqual(JSON.parse(localStorage.getItem(SETTINGS_KEY) ?? ''), { size: 'larger', lines: '1' });
    const later = await rig();
    assert.strictEqual(look(later).fontSize, look(first).fontSize);
  });

  it('override the styles of the page, custom properties and parts, until they are reset', async () => {
    const page = await fixture<HTMLElement>(
      html`<section>
        <style>
          kyutai-stt {
            --kyutai-stt-text: rgb(1, 2, 3);
          }
          kyutai-stt::part(captions) {
            background: rgb(4, 5, 6);
            color: rgb(7, 8, 9);
          }
        </style>
      </section>`,
    );
    const made = await rig();
    page.append(made.element);
    await made.element.updateComplete;
    assert.strictEqual(look(made).color, 'rgb(7, 8, 9)');
    choose(made.element, 'colours', 'yellow');
    await made.element.updateComplete;
    assert.strictEqual(look(made).color, 'rgb(255, 255, 0)');
    assert.strictEqual(look(made).backgroundColor, 'rgb(0, 0, 0)');
    made.part('reset')?.click();
    await made.element.updateComplete;
    assert.strictEqual(look(made).color, 'rgb(7, 8, 9)');
    assert.strictEqual(localStorage.getItem(SETTINGS_KEY), null);
  });

  it('follow changes in another tab', async () => {
    const made = await rig();
    assert.deepEqual(visitorSettings.current, {});
    dispatchEvent(new StorageEvent('storage', { key: SETTINGS_KEY, newValue: '{"colours":"dark"}' }));
    await made.element.updateComplete;
    assert.strictEqual(look(made).color, 'rgb(255, 255, 255)');
  });

  it('apply to this visit only if the browser cannot store them, and say so', async () => {
    const made = await rig();
    const setItem: unknown = Reflect.get(Storage.prototype, 'setItem');
    Reflect.set(Storage.prototype, 'setItem', () => {
      throw new DOMException('no', 'QuotaExceededError');
    });
    try {
      choose(made.element, 'background', 'solid');
      await made.element.updateComplete;
      assert.strictEqual(select(made.element, 'background').value, 'solid');
      assert.match(made.part('settings-menu')?.textContent ?? '', /apply to this visit only/);
    } finally {
      Reflect.set(Storage.prototype, 'setItem', setItem);
    }
    choose(made.element, 'background', 'soft');
    await made.element.updateComplete;
    assert.notMatch(made.part('settings-menu')?.textContent ?? '', /apply to this visit only/);
  });

  it('can be used with the keyboard: Escape closes them, a second Escape stops listening', async () => {
    const { element, part } = await rig();
    const source = new HandSource();
    await element.start(source);
    await element.updateComplete;
    part('settings')?.focus();
    await sendKeys({ press: 'Enter' });
    const menu = part('settings-menu');
    assert.isTrue(menu?.matches(':popover-open'));
    await sendKeys({ press: 'Tab' });
    assert.strictEqual(element.shadowRoot?.activeElement, select(element, 'size'));
    await assertAccessible(element);
    await sendKeys({ press: 'Escape' });
    assert.isFalse(menu.matches(':popover-open'));
    assert.strictEqual(element.state, 'listening');
    assert.strictEqual(element.shadowRoot?.activeElement, part('settings'));
    await sendKeys({ press: 'Escape' });
    await until(element, 'the end', () => element.state === 'ready');
  });

  it('are accessible in every combination of colours and background', async () => {
    const { element } = await rig();
    const source = new HandSource();
    await element.start(source);
    source.play('word', 'partial');
    await until(element, 'a word', () => element.words.length === 1);
    for (const colours of ['light', 'dark', 'yellow']) {
      for (const background of ['', 'soft', 'solid']) {
        visitorSettings.set('colours', colours);
        visitorSettings.set('background', background);
        await element.updateComplete;
        await assertAccessible(element);
      }
    }
    element.abort();
  });

  it('ignore unknown stored names and values', () => {
    assert.deepEqual(parseSettings('{"size":"large","lines":"99","colours":3,"other":1}'), { size: 'large' });
    for (const text of [null, '', '[]', 'null', '"x"', '{', '7']) assert.deepEqual(parseSettings(text), {});
  });
});
