import { assert, fixture, html } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import { fieldOf } from '../../../../src/element/dictation/aim.js';
import { Dictation } from '../../../../src/element/dictation/dictation.js';
import { firesBeforeInput } from '../../../../src/element/dictation/typing.js';
import type { KyutaiSttElement, SttError } from '../../../../src/index.js';
import { dictationRig, dictationRigOf } from './dictation-rig.js';
import { FAKE_WORKER, modelUrl, rejection, until } from '../rig.js';

/** The next error of `element`. */
function failure(element: KyutaiSttElement): Promise<SttError> {
  return new Promise((resolve) => element.addEventListener('error', ({ detail }) => resolve(detail), { once: true }));
}

describe('the fields of a dictation', () => {
  const refused = {
    'a number': [html`<input id="field" type="number" />`, /^<input id="field" type="number"> cannot be .*textarea/],
    'a password': [html`<input id="field" type="password" />`, /^<input id="field" type="password"> cannot be/],
    'a tick box': [html`<input id="field" type="checkbox" />`, /cannot be dictated into/],
    'a paragraph': [html`<p id="field">one</p>`, /^<p id="field"> cannot be .*\(invalid-argument\)$/],
    'a read-only field': [html`<input id="field" name="a" readonly />`, /^<input id="field" name="a"> is read-only/],
    'a disabled field': [html`<textarea id="field" disabled></textarea>`, /is disabled \(field-unavailable\)$/],
    'a field of a disabled group': [html`<fieldset disabled><input id="field" /></fieldset>`, /is disabled/],
  } as const;
  for (const [what, [template, message]] of Object.entries(refused)) {
    it(`cannot be ${what}: start rejects before it opens the source`, async () => {
      const { element, source } = await dictationRig(template);
      const error = (await rejection(element.start(source))) as SttError;
      assert.strictEqual(error.name, 'SttError');
      assert.match(error.message, message);
      assert.strictEqual(element.state, 'failed');
      assert.deepEqual(source.calls, []);
    });
  }

  it('must exist: start rejects for an unknown id', async () => {
    const { element } = await dictationRig(html`<input id="other" />`);
    const error = (await rejection(element.start())) as SttError;
    assert.match(error.message, /^for="field" names no element, expected an <audio>, a <video> or a field/);
  });

  it('end the stream when there is no room for the next word, which is not cut', async () => {
    const { element, source, field, say } = await dictationRig<HTMLInputElement>(
      html`<input id="field" maxlength="12" />`,
    );
    const error = failure(element);
    await element.start(source);
    await say(3);
    assert.match((await error).message, /^<input id="field"> has no room for "word2" \(field-full\)$/);
    assert.strictEqual(field.value, 'Word0 word1');
    assert.strictEqual(element.state, 'failed');
    assert.isTrue(source.released);
  });

  it('end the stream at once when they are removed from the document', async () => {
    const { element, source, field, say } = await dictationRig<HTMLElement>(html`<p><input id="field" /></p>`);
    await element.start(source);
    await say(1);
    const error = failure(element);
    field.parentElement?.remove();
    assert.match((await error).message, /^<input id="field"> is not in the document \(field-unavailable\)$/);
    assert.isTrue(source.released);
  });

  it('fail the stream after the load if they were removed during it', async () => {
    const { element, source, field } = await dictationRig<HTMLElement>(html`<input id="field" />`);
    const error = failure(element);
    const starting = element.start(source);
    field.remove();
    await starting;
    assert.match((await error).message, /not in the document/);
  });

  it('may be moved', async () => {
    const { element, source, field, say } = await dictationRig<HTMLInputElement>(html`<input id="field" />`);
    await element.start(source);
    await say(1);
    element.form?.append(field);
    await say(1);
    assert.strictEqual(field.value, 'Word0 word1');
    element.abort();
  });

  it('end the stream when they become read-only', async () => {
    const { element, source, field, say } = await dictationRig<HTMLInputElement>(html`<input id="field" />`);
    await element.start(source);
    await say(1);
    const error = failure(element);
    field.readOnly = true;
    assert.match((await error).message, /is read-only/);
    assert.strictEqual(field.value, 'Word0');
  });

  it('are looked up in the element’s own shadow root', async () => {
    const host = await fixture<HTMLElement>(html`<div></div>`);
    const root = host.attachShadow({ mode: 'open' });
    for (const field of [document.createElement('textarea'), document.createElement('div')]) {
      if (field instanceof HTMLDivElement) field.contentEditable = 'true';
      field.id = 'field';
      field.autocapitalize = 'none';
      const element = document.createElement('kyutai-stt');
      Object.assign(element, { htmlFor: 'field', mode: 'button', model: modelUrl(), workerSrc: FAKE_WORKER });
      element.workerKind = 'dedicated';
      root.replaceChildren(field, element);
      const rig = dictationRigOf(element, field);
      await element.start(rig.source);
      await rig.say(1);
      await sendKeys({ press: 'Home' });
      await sendKeys({ type: 'so ' });
      await rig.say(1);
      assert.strictEqual(rig.text(), 'so word0 word1');
      await sendKeys({ press: 'Control+z' });
      assert.strictEqual(rig.text(), 'so word0');
      element.abort();
    }
  });

  it('can be set as an element instead of an id', async () => {
    const { element, source, field, text } = await dictationRig<HTMLElement>(html`<input id="field" />`);
    const other = document.createElement('textarea');
    element.form?.append(other);
    element.target = other;
    const rig = dictationRigOf(element, other);
    await element.start(rig.source);
    await rig.say(1);
    assert.strictEqual(other.value, 'Word0');
    assert.strictEqual(text(), '');
    assert.notStrictEqual(field, other);
    assert.deepEqual(source.calls, []);
    element.abort();
  });

  it('are found within a component', async () => {
    const { element, field: component } = await dictationRig<HTMLElement>(html`<fancy-field id="field"></fancy-field>`);
    const input = document.createElement('input');
    component.attachShadow({ mode: 'open' }).append(document.createElement('slot'), input);
    const rig = dictationRigOf(element, input);
    await element.start(rig.source);
    await rig.say(1);
    assert.strictEqual(input.value, 'Word0');
    element.abort();
  });

  it('fire change on blur, or at the end if they were blurred before', async () => {
    const { element, source, field, button, say } = await dictationRig<HTMLInputElement>(html`<input id="field" />`);
    let changes = 0;
    field.addEventListener('change', () => changes++);
    await element.start(source);
    await say(1);
    button.focus();
    assert.strictEqual(changes, 1);
    await say(1);
    element.abort();
    assert.strictEqual(changes, 2);
  });

  it('can be controlled by a framework, which sees each word and can rewrite it', async () => {
    const { element, source, field, say } = await dictationRig<HTMLInputElement>(html`<input id="field" />`);
    // Like React, which remembers the value it wrote last and ignores an event if the field still has that value.
    const native = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value') as Required<PropertyDescriptor>;
    let known = '';
    Object.defineProperty(field, 'value', {
      configurable: true,
      get: () => native.get.call(field) as string,
      set: (value: string) => {
        known = value;
        native.set.call(field, value);
      },
    });
    const seen: string[] = [];
    field.addEventListener('input', () => {
      const now = native.get.call(field) as string;
      if (now === known) return;
      seen.push(now);
      field.value = now.toUpperCase().replace(' ', ' + ');
    });
    await element.start(source);
    await say(1);
    element.shadowRoot?.querySelector('button')?.focus(); // also while the focus is elsewhere
    await say(1);
    assert.deepEqual(seen, ['Word0', 'WORD0 word1']);
    assert.strictEqual(field.value, 'WORD0 + WORD1');
    element.abort();
  });

  it('get their words after the composition of a character', async () => {
    const { element, source, field, say } = await dictationRig<HTMLInputElement>(html`<input id="field" />`);
    await element.start(source);
    field.dispatchEvent(new CompositionEvent('compositionstart'));
    await say(2);
    assert.strictEqual(field.value, '');
    field.dispatchEvent(new CompositionEvent('compositionend'));
    await until(element, 'the words', () => field.value === 'Word0 word1');
    element.abort();
  });

  it('get their words after the composed text, whose `input` event may follow `compositionend`', async () => {
    const { element, source, field, say } = await dictationRig<HTMLInputElement>(html`<input id="field" />`);
    await element.start(source);
    field.dispatchEvent(new CompositionEvent('compositionstart'));
    await say(1);
    field.dispatchEvent(new CompositionEvent('compositionend'));
    await Promise.resolve(); // microtasks run between two events of a browser
    field.setRangeText('Né', 0, 0, 'end');
    field.dispatchEvent(new InputEvent('input', { inputType: 'insertFromComposition', data: 'Né', bubbles: true }));
    await until(element, 'the word', () => field.value !== 'Né');
    assert.strictEqual(field.value, 'Né word0');
    element.abort();
  });

  it('ignore Escape during a composition, and right after `compositionend`', async () => {
    const { element, source, field, say } = await dictationRig<HTMLInputElement>(html`<input id="field" />`);
    await element.start(source);
    await say(1);
    for (const init of [{ isComposing: true }, { keyCode: 229 }]) {
      const escape = new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true, ...init });
      assert.isTrue(field.dispatchEvent(escape));
      assert.strictEqual(element.state, 'listening');
    }
    element.abort();
  });

  for (const [lang, field, expected] of [
    ['fr', html`<textarea id="field"></textarea>`, 'Ça va\u202f? Oui. C’est'],
    ['en', html`<textarea id="field"></textarea>`, 'Ça va? Oui. C’est'],
    ['fr', html`<input id="field" lang="en" type="url" />`, 'ça va? oui. C’est'],
    ['fr', html`<input id="field" autocapitalize="characters" />`, 'ÇA VA\u202f? OUI. C’EST'],
    ['en', html`<input id="field" autocapitalize="Words" />`, 'Ça Va? Oui. C’est'],
  ] as const) {
    it(`use the typography of their language and attributes: ${expected}`, async () => {
      const rig = await dictationRig<HTMLInputElement>(field, lang);
      // Like Safari on a desktop, which supports only the attribute.
      Object.defineProperty(rig.field, 'autocapitalize', { value: undefined });
      const dictation = new Dictation(fieldOf(rig.field, firesBeforeInput(document.body)), {
        stop: () => undefined,
        failed: (error) => assert.fail(error.message),
      });
      const words = ['ça', 'va', '?', 'oui', '.', 'C’est'].map((text) => ({ text, start: 0, end: 0 }));
      dictation.update({ id: 1, text: '', words, isFinal: true, start: 0, end: 0 });
      assert.strictEqual(rig.field.value, expected);
      dictation.close();
    });
  }

  it('keep their paragraphs', async () => {
    const { element, source, field, say } = await dictationRig<HTMLElement>(
      html`<div id="field" contenteditable>
        <p>one</p>
        <p><br /></p>
      </div>`,
    );
    field.focus();
    getSelection()?.collapse(field.lastElementChild, 0);
    await element.start(source);
    await say(2);
    assert.strictEqual(field.innerHTML.replace(/<!--.*?-->|\s+(?=<)/g, '').trim(), '<p>one</p><p>Word0 word1</p>');
    element.abort();
  });

  it('can be rendered again by an editor between two words', async () => {
    const { element, source, field, say } = await dictationRig<HTMLElement>(
      html`<div id="field" contenteditable></div>`,
    );
    await element.start(source);
    await say(1);
    field.innerHTML = '<p><b>Word0</b></p>';
    await say(1);
    assert.strictEqual(field.innerText.trim(), 'Word0 word1'); // WebKit ends a paragraph with line breaks
    element.abort();
  });

  it('can be written again by a framework, which sets the text of the same node', async () => {
    const rig = await dictationRig<HTMLElement>(html`<div id="field" contenteditable></div>`);
    // Like React, which sets `nodeValue` on every render, and a page that restores the caret later.
    rig.field.addEventListener('input', () => {
      const text = rig.field.firstChild;
      if (text) text.nodeValue = rig.field.textContent;
    });
    await rig.element.start(rig.source);
    await rig.say(3);
    await until(rig.element, 'the words', () => rig.text() === 'Word0 word1 word2');
    rig.element.abort();
  });

  for (const kind of ['input', 'textarea', 'div'] as const) {
    it(`may insert a word themselves, later (${kind})`, async () => {
      const field = document.createElement(kind);
      Object.assign(field, { id: 'field', autocapitalize: 'none' });
      if (kind === 'div') field.contentEditable = 'true';
      const rig = await dictationRig<HTMLElement>(html`${field}`);
      const read = (): string => ('value' in field ? field.value : field.textContent);
      field.addEventListener('beforeinput', (event) => {
        event.preventDefault();
        const { data } = event as InputEvent;
        setTimeout(() => {
          if ('value' in field) field.value = `${read()}${(data ?? '').toUpperCase()}`;
          else field.replaceChildren(`${read()}${(data ?? '').toUpperCase()}`);
        }, 10);
      });
      await rig.element.start(rig.source);
      await rig.say(3);
      await until(rig.element, 'the words', () => read().length >= 'word0 word1 word2'.length);
      assert.strictEqual(read(), 'WORD0 WORD1 WORD2');
      rig.element.abort();
    });
  }

  it('of another window are written into', async () => {
    const frame = await fixture<HTMLIFrameElement>(html`<iframe></iframe>`);
    const page = frame.contentDocument;
    if (!page) throw new Error('the frame has no document');
    page.body.innerHTML = `<input><textarea></textarea><div contenteditable><p>one</p><p><br></p></div>
      <fancy-field><input></fancy-field>`;
    const [input, area, editable, component] = page.querySelectorAll<HTMLElement>('input, textarea, div, fancy-field');
    const { element } = await dictationRig(html`<input id="field" />`);
    for (const field of [input, area, editable, component]) {
      if (!field) throw new Error('the frame has no field');
      element.target = field;
      const written = field.localName === 'fancy-field' ? (field.firstElementChild as HTMLElement) : field;
      const rig = dictationRigOf(element, written);
      const said = element.words.length;
      const dictation = new Dictation(fieldOf(written, firesBeforeInput(document.body)), {
        stop: () => undefined,
        failed: (error) => assert.fail(error.message),
      });
      const words = ['one', 'two', ','].map((text) => ({ text, start: 0, end: 0 }));
      dictation.update({ id: 1, text: '', words, isFinal: true, start: 0, end: 0 });
      dictation.close();
      const text = (): unknown => ('value' in written ? written.value : written.lastElementChild?.textContent);
      await until(element, `the words in <${field.localName}>`, () => text() === 'One two,');
      assert.strictEqual(said, 0);
      assert.strictEqual(rig.element, element);
    }
  });

  it('of another window are found by `target`, and the body of an editing frame too', async () => {
    const frame = await fixture<HTMLIFrameElement>(html`<iframe></iframe>`);
    const page = frame.contentDocument;
    if (!page) throw new Error('the frame has no document');
    page.body.innerHTML = '<textarea></textarea>';
    const area = page.querySelector('textarea');
    const rig = await dictationRig(html`<input id="field" />`);
    rig.element.target = area;
    await rig.element.start(rig.source);
    await rig.say(2);
    assert.strictEqual(area?.value, 'Word0 word1');
    rig.element.abort();
    page.body.innerHTML = '';
    page.designMode = 'on';
    rig.element.target = page.body;
    const other = dictationRigOf(rig.element, page.body);
    await rig.element.start(other.source);
    await other.say(2);
    await until(rig.element, 'the words', () => page.body.innerText.trim() === 'Word0 word1');
    rig.element.abort();
  });

  it('must be elements: a `target` that is an id is refused', async () => {
    const { element } = await dictationRig(html`<input id="field" />`);
    Object.assign(element, { target: 'field' });
    const error = (await rejection(element.start())) as SttError;
    assert.match(error.message, /^target is field, expected an HTML element \(invalid-argument\)$/);
  });

  describe('and Escape', () => {
    const escape = (target: EventTarget): boolean =>
      target.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }));

    it('stops although the field prevents it, and reaches no one else', async () => {
      const { element, source, field, say } = await dictationRig(html`<div id="field" contenteditable></div>`);
      const seen: string[] = [];
      field.addEventListener('keydown', (event) => {
        seen.push('field');
        event.preventDefault();
      });
      element.form?.addEventListener('keydown', () => seen.push('form'));
      await element.start(source);
      await say(1);
      escape(field);
      await until(element, 'the end', () => element.state === 'ready');
      assert.deepEqual(seen, []);
    });

    it('is left to a listener above that prevents it first', async () => {
      const { element, source, field, say } = await dictationRig(html`<input id="field" />`);
      element.form?.addEventListener('keydown', (event) => event.preventDefault(), { capture: true });
      await element.start(source);
      await say(1);
      escape(field);
      assert.strictEqual(element.state, 'listening');
      element.abort();
    });

    it('is left to a list of suggestions, and to a popover, that it closes', async () => {
      const { element, source, field, say } = await dictationRig(
        html`<input id="field" role="combobox" aria-expanded="true" />
          <div id="suggestions" popover>one</div>`,
      );
      await element.start(source);
      await say(1);
      assert.isTrue(escape(field));
      field.ariaExpanded = 'false';
      const popover = element.form?.querySelector<HTMLElement>('#suggestions');
      popover?.showPopover();
      assert.isTrue(escape(field));
      assert.strictEqual(element.state, 'listening');
      popover?.hidePopover();
      assert.isFalse(escape(field));
      await until(element, 'the end', () => element.state === 'ready');
    });

    it('closes the element’s own menu first', async () => {
      const { element, source, field, say } = await dictationRig(html`<input id="field" />`);
      element.mode = 'captions';
      await element.start(source);
      await say(1);
      const menu = element.shadowRoot?.querySelector<HTMLElement>('.menu');
      menu?.showPopover();
      assert.isFalse(escape(field));
      assert.isFalse(menu?.matches(':popover-open'));
      assert.strictEqual(element.state, 'listening');
      escape(field);
      await until(element, 'the end', () => element.state === 'ready');
    });
  });
});
