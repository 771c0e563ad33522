import { assert, html } from '@open-wc/testing';
import { sendMouse } from '@web/test-runner-commands';
import { nothing } from 'lit';
import { dictationRig } from './dictation-rig.js';
import { assertAccessible, HandSource, until } from '../rig.js';

const middle = (element: Element): [number, number] => {
  const { x, y, width, height } = element.getBoundingClientRect();
  return [Math.round(x + width / 2), Math.round(y + height / 2)];
};

describe('the dictation button', () => {
  it('keeps the focus and the selection of the field when it is pressed with the mouse', async () => {
    const { element, field, button } = await dictationRig<HTMLInputElement>(html`<input id="field" value="one two" />`);
    field.focus();
    field.setSelectionRange(4, 7);
    await sendMouse({ type: 'click', position: middle(button) });
    assert.strictEqual(document.activeElement, field);
    assert.deepEqual([field.selectionStart, field.selectionEnd], [4, 7]);
    element.abort();
  });

  for (const [lang, start, stop] of [
    ['en', 'Dictate (Your message)', 'Stop dictating (Your message)'],
    ['fr', 'Dicter (Your message)', 'Arrêter la dictée (Your message)'],
  ] as const) {
    it(`names its action and the field, ${lang}`, async () => {
      const { element, source, button } = await dictationRig(
        html`<label>Your message <textarea id="field">one</textarea></label>`,
        lang,
      );
      const name = (): string => button.textContent.replace(/\s+/g, ' ').trim();
      assert.strictEqual(name(), start);
      await element.start(source);
      await element.updateComplete;
      assert.strictEqual(name(), stop);
      element.abort();
    });
  }

  for (const [where, field] of Object.entries({
    'elements it is labelled by': html`<span id="a">Your</span> <b id="b">message</b
      ><input id="field" aria-labelledby="a b" />`,
    'its ARIA label': html`<div id="field" contenteditable aria-label="Your message"></div>`,
    'its title': html`<input id="field" title="Your message" />`,
    'its placeholder': html`<input id="field" placeholder="Your message" />`,
    'its label before its placeholder': html`<label for="field">Your message</label
      ><input id="field" placeholder="Hello" />`,
  })) {
    it(`takes the field’s name from ${where}`, async () => {
      const { button } = await dictationRig(field);
      assert.include(button.textContent, '(Your message)');
    });
  }

  it('has no field name if the field has none', async () => {
    const { button } = await dictationRig(html`<input id="field" />`);
    assert.strictEqual(button.textContent.trim(), 'Dictate');
  });

  it('finds the name of a field that is added later', async () => {
    const { element, button } = await dictationRig(html`${nothing}`);
    assert.strictEqual(button.textContent.trim(), 'Start listening');
    const field = Object.assign(document.createElement('input'), { id: 'field', title: 'Your message' });
    element.before(field);
    button.focus();
    await element.updateComplete;
    assert.include(button.textContent, 'Your message');
  });

  it('is accessible in every state', async () => {
    const { element, source, say } = await dictationRig(html`<label>Your message <input id="field" /></label>`);
    await assertAccessible(element);
    await element.start(source);
    await say(1);
    await assertAccessible(element);
    source.play('fail');
    await until(element, 'the failure', () => element.state === 'failed');
    await assertAccessible(element);
  });

  it('dictates again into the field after the end of a stream', async () => {
    const { element, source, say, field } = await dictationRig<HTMLInputElement>(html`<input id="field" />`);
    await element.start(source);
    await say(1);
    await element.stop();
    const again = new HandSource();
    await element.start(again);
    again.play('word');
    await until(element, 'a word', () => element.words.length === 1);
    assert.strictEqual(field.value, 'Word0 word1 word0');
    element.abort();
  });
});
