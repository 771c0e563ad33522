import { assert, fixture, html } from '@open-wc/testing';
import { FormValueController } from '../../../../src/element/controllers/form-value-controller.js';
import { KyutaiSttElement } from '../../../../src/index.js';
import { FAKE_WORKER, HandSource, modelUrl, rigOf, until, type Rig } from '../rig.js';
import { Said } from '../said.js';
import { bareElement } from './bare-host.js';

type FormProperties = Pick<
  KyutaiSttElement,
  'transcript' | 'utterances' | 'state' | 'strings' | 'required' | 'disabled' | 'abort'
>;

interface FormRig extends Rig {
  readonly form: HTMLFormElement;
  readonly fieldset: HTMLFieldSetElement;
  readonly label: HTMLLabelElement;
  readonly source: HandSource;
  /** `input` and `change` events of the element so far, with its value and the form's at that time. */
  readonly emitted: string[];
  /** The value that the form would submit. */
  readonly submitted: () => string | null;
  readonly say: (words: number) => Promise<void>;
}

async function formRig(lang = 'en'): Promise<FormRig> {
  const form = await fixture<HTMLFormElement>(
    html`<form lang=${lang}>
      <fieldset>
        <label for="note">Your note</label>
        <kyutai-stt
          id="note"
          name="note"
          model=${modelUrl()}
          worker-src=${FAKE_WORKER}
          worker-kind="dedicated"
        ></kyutai-stt>
      </fieldset>
    </form>`,
  );
  const element = form.querySelector('kyutai-stt') as KyutaiSttElement;
  const emitted: string[] = [];
  for (const type of ['input', 'change']) {
    form.addEventListener(type, ({ target }) => {
      if (target === element) emitted.push(`${type} ${element.value} ${new FormData(form).get('note') as string}`);
    });
  }
  const source = new HandSource();
  let said = 0;
  return Object.assign(rigOf(element), {
    form,
    source,
    emitted,
    fieldset: form.querySelector('fieldset') as HTMLFieldSetElement,
    label: form.querySelector('label') as HTMLLabelElement,
    submitted: () => new FormData(form).get('note') as string | null,
    say: async (words: number) => {
      said += words;
      source.play(...Array<'word'>(words).fill('word'));
      await until(element, `${said} words`, () => element.words.length === said);
    },
  });
}

describe('<kyutai-stt> in a form', () => {
  it('is one of its controls and is focused by its label', async () => {
    const { element, form, label, button } = await formRig();
    assert.strictEqual(element.form, form);
    assert.deepEqual([...element.labels], [label]);
    assert.include([...form.elements], element);
    label.click();
    assert.strictEqual(element.shadowRoot?.activeElement, button);
    assert.strictEqual(element.state, 'idle');
  });

  it('submits the transcript under its name, one line for each utterance', async () => {
    const { element, source, submitted, say } = await formRig();
    assert.strictEqual(submitted(), '');
    await element.start(source);
    await say(2);
    assert.strictEqual(submitted(), 'word0 word1');
    source.play('turn');
    await say(1);
    assert.strictEqual(submitted(), 'word0 word1\nword2');
    await element.stop();
    assert.strictEqual(submitted(), 'word0 word1\nword2 word3');
    element.removeAttribute('name');
    assert.strictEqual(submitted(), null);
  });

  it('fires input for every word and change once at the end, when the form already has the value', async () => {
    const { element, source, emitted, say } = await formRig();
    await element.start(source);
    await say(1);
    source.play('partial');
    await say(1);
    await element.stop();
    assert.deepEqual(emitted, [
      'input word0 word0',
      'input word0 word1 word0 word1',
      'input word0 word1 word2 word0 word1 word2',
      'change word0 word1 word2 word0 word1 word2',
    ]);
    const again = new HandSource();
    await element.start(again);
    assert.strictEqual(element.value, '', 'start empties the transcript');
    again.play('word');
    await until(element, 'a word', () => element.value === 'word0');
    assert.strictEqual(emitted.at(-1), 'input word0 word0');
    element.abort();
    assert.strictEqual(emitted.at(-1), 'change word0 word0');
  });

  for (const [lang, message] of [
    ['en', 'Press the button and speak to fill in this field.'],
    ['fr', 'Appuyez sur le bouton et parlez pour remplir ce champ.'],
  ] as const) {
    it(`is invalid without words if it is required, and reports that at its button, ${lang}`, async () => {
      const { element, form, button, source, say } = await formRig(lang);
      assert.isTrue(form.checkValidity());
      element.required = true;
      assert.isFalse(element.checkValidity());
      assert.isTrue(element.validity.valueMissing);
      assert.strictEqual(element.validationMessage, message);
      assert.isTrue(element.matches(':invalid'));
      assert.isFalse(form.reportValidity());
      assert.strictEqual(element.shadowRoot?.activeElement, button);
      await element.start(source);
      await say(1);
      assert.isTrue(form.checkValidity());
      element.abort();
    });
  }

  it('supports a custom validity message', async () => {
    const { element } = await formRig();
    element.setCustomValidity('Say more');
    assert.isTrue(element.validity.customError);
    assert.strictEqual(element.validationMessage, 'Say more');
    element.setCustomValidity('');
    assert.isTrue(element.checkValidity());
  });

  it('is disabled by its fieldset: not submitted, not validated, and a running stream stops', async () => {
    const { element, fieldset, button, source, submitted, say } = await formRig();
    element.required = true;
    await element.start(source);
    await say(1);
    fieldset.disabled = true;
    await until(element, 'the end', () => element.state === 'ready');
    assert.isTrue(source.released);
    assert.isTrue(button.disabled);
    assert.isFalse(element.disabled, 'the property reflects the attribute only, as in every control');
    assert.isFalse(element.willValidate);
    assert.strictEqual(submitted(), null);
    fieldset.disabled = false;
    await element.updateComplete;
    assert.isFalse(button.disabled);
    assert.strictEqual(submitted(), 'word0 word1');
  });

  it('is emptied by a reset, which ends a running stream', async () => {
    const { element, form, source, submitted, emitted, say, part } = await formRig();
    await element.start(source);
    await say(2);
    form.reset();
    assert.strictEqual(element.value, '');
    assert.strictEqual(submitted(), '');
    assert.strictEqual(element.state, 'ready');
    assert.isTrue(source.released);
    await element.updateComplete;
    assert.isNull(part('word'));
    assert.strictEqual(emitted.at(-1), 'input word0 word1 word0 word1');
  });

  it('shows a value that the page sets and fires no event, like a textarea', async () => {
    const { element, submitted, emitted, part } = await formRig();
    element.value = 'go forward\r\nstop';
    assert.strictEqual(element.value, 'go forward\nstop');
    assert.strictEqual(submitted(), 'go forward\nstop');
    await element.updateComplete;
    assert.strictEqual(part('word')?.textContent.trim(), 'go');
    element.value = '';
    assert.strictEqual(submitted(), '');
    assert.deepEqual(emitted, []);
  });

  it('keeps a value that was set before the upgrade', async () => {
    const early = Object.assign(document.createElement('kyutai-early'), { value: 'go forward' });
    customElements.define('kyutai-early', class extends KyutaiSttElement {});
    document.body.append(early);
    assert.instanceOf(early, KyutaiSttElement);
    await early.updateComplete;
    assert.strictEqual(early.value, 'go forward');
    assert.strictEqual(early.transcript, 'go forward');
    early.remove();
  });

  it('stops input events of the controls in its shadow root, but not of slotted ones', async () => {
    const { element } = await formRig();
    let inputs = 0;
    element.addEventListener('input', () => inputs++);
    const event = (): InputEvent => new InputEvent('input', { bubbles: true, composed: true });
    element.shadowRoot?.querySelector('button')?.dispatchEvent(event());
    assert.strictEqual(inputs, 0);
    const own = element.appendChild(document.createElement('input'));
    own.slot = 'toolbar';
    own.dispatchEvent(event());
    assert.strictEqual(inputs, 1);
  });

  it('continues if a framework sets an earlier value late, and ends if the page sets another text', async () => {
    const { element, source, say } = await formRig();
    await element.start(source);
    await say(2);
    element.value = 'word0';
    assert.strictEqual(element.value, 'word0 word1');
    assert.strictEqual(element.state, 'listening');
    element.value = '';
    assert.strictEqual(element.state, 'listening');
    assert.strictEqual(element.value, '');
    element.value = 'my own';
    assert.strictEqual(element.state, 'ready');
    assert.strictEqual(element.value, 'my own');
  });

  it('restores the value that the browser saved on an earlier visit', async () => {
    const { element, submitted } = await formRig();
    element.formStateRestoreCallback('go left\nstop');
    assert.strictEqual(submitted(), 'go left\nstop');
    assert.strictEqual(element.words.length, 3);
  });

  it('does not submit the form', async () => {
    const { element, form, button, source, say } = await formRig();
    let submitted = 0;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      submitted++;
    });
    await element.start(source);
    await say(1);
    button.click();
    await until(element, 'the end', () => element.state === 'ready');
    assert.strictEqual(submitted, 0);
  });

  it('has no value while it dictates into a field', async () => {
    const { element, form, source, submitted, emitted, say } = await formRig();
    element.target = form.appendChild(document.createElement('textarea'));
    element.required = true;
    await element.updateComplete;
    await element.start(source);
    await say(1);
    assert.strictEqual(submitted(), null);
    assert.strictEqual(element.value, '');
    assert.strictEqual(element.transcript, 'word0');
    assert.isTrue(element.checkValidity());
    element.abort();
    assert.deepEqual(emitted, []);
  });
});

describe('FormValueController', () => {
  it('submits the transcript of any form-associated host, unless it dictates', async () => {
    const form = await fixture<HTMLFormElement>(html`<form></form>`);
    const utterances = new Said().words('one', 'two').final().transcript.utterances;
    const host = bareElement<FormProperties>({
      ...{ transcript: 'one two', utterances, state: 'ready', strings: {} },
      ...{ required: true, disabled: false, abort: () => undefined },
    });
    host.setAttribute('name', 'note');
    let dictates = false;
    const controller = new FormValueController(host, host.attachInternals(), {
      dictates: () => dictates,
      replace: (text) =>
        Object.assign(host, { transcript: text, utterances: new Said().words(text).transcript.utterances }),
    });
    form.append(host);
    await host.updateComplete;
    assert.strictEqual(new FormData(form).get('note'), 'one two');
    assert.isTrue(controller.validated.checkValidity());
    controller.value = 'three';
    assert.strictEqual(new FormData(form).get('note'), 'three');
    dictates = true;
    host.requestUpdate();
    await host.updateComplete;
    assert.isNull(new FormData(form).get('note'));
    assert.strictEqual(controller.value, '');
  });
});
