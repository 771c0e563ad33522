import { assert, fixture, html } from '@open-wc/testing';
import { KyutaiSttElement } from '../../../../src/index.js';
import { FAKE_WORKER, HandSource, modelUrl, rigOf, until, type Rig } from '../rig.js';

interface FormRig extends Rig {
  readonly form: HTMLFormElement;
  readonly fieldset: HTMLFieldSetElement;
  readonly label: HTMLLabelElement;
  readonly source: HandSource;
  /** `input` and `change` of the element so far, with its value at that time. */
  readonly told: string[];
  /** What the form would send. */
  readonly sent: () => string | null;
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
  const told: string[] = [];
  for (const type of ['input', 'change']) {
    form.addEventListener(type, ({ target }) => {
      if (target === element) told.push(`${type} ${element.value} ${new FormData(form).get('note') as string}`);
    });
  }
  const source = new HandSource();
  let said = 0;
  return Object.assign(rigOf(element), {
    form,
    source,
    told,
    fieldset: form.querySelector('fieldset') as HTMLFieldSetElement,
    label: form.querySelector('label') as HTMLLabelElement,
    sent: () => new FormData(form).get('note') as string | null,
    say: async (words: number) => {
      said += words;
      source.play(...Array<'word'>(words).fill('word'));
      await until(element, `${said} words`, () => element.words.length === said);
    },
  });
}

describe('<kyutai-stt> in a form', () => {
  it('belongs to it, and is its label’s', async () => {
    const { element, form, label, button } = await formRig();
    assert.strictEqual(element.form, form);
    assert.deepEqual([...element.labels], [label]);
    assert.include([...form.elements], element);
    label.click();
    assert.strictEqual(element.shadowRoot?.activeElement, button);
    assert.strictEqual(element.state, 'idle');
  });

  it('sends what was heard under its name, one line for each utterance', async () => {
    const { element, source, sent, say } = await formRig();
    assert.strictEqual(sent(), '');
    await element.start(source);
    await say(2);
    assert.strictEqual(sent(), 'word0 word1');
    source.play('turn');
    await say(1);
    assert.strictEqual(sent(), 'word0 word1\nword2');
    await element.stop();
    assert.strictEqual(sent(), 'word0 word1\nword2 word3');
    element.removeAttribute('name');
    assert.strictEqual(sent(), null);
  });

  it('fires input for every word, and change once at the end, with the form filled in already', async () => {
    const { element, source, told, say } = await formRig();
    await element.start(source);
    await say(1);
    source.play('partial');
    await say(1);
    await element.stop();
    assert.deepEqual(told, [
      'input word0 word0',
      'input word0 word1 word0 word1',
      'input word0 word1 word2 word0 word1 word2',
      'change word0 word1 word2 word0 word1 word2',
    ]);
    const again = new HandSource();
    await element.start(again);
    assert.strictEqual(element.value, '', 'a new take forgets the one before');
    again.play('word');
    await until(element, 'a word', () => element.value === 'word0');
    assert.strictEqual(told.at(-1), 'input word0 word0');
    element.abort();
    assert.strictEqual(told.at(-1), 'change word0 word0');
  });

  for (const [lang, message] of [
    ['en', 'Press the button and speak to fill in this field.'],
    ['fr', 'Appuyez sur le bouton et parlez pour remplir ce champ.'],
  ] as const) {
    it(`is invalid without a word where one is required, and says so at its button, ${lang}`, async () => {
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

  it('takes a message of the page’s own', async () => {
    const { element } = await formRig();
    element.setCustomValidity('Say more');
    assert.isTrue(element.validity.customError);
    assert.strictEqual(element.validationMessage, 'Say more');
    element.setCustomValidity('');
    assert.isTrue(element.checkValidity());
  });

  it('is disabled with its fieldset: neither sent nor validated, and what is on stops', async () => {
    const { element, fieldset, button, source, sent, say } = await formRig();
    element.required = true;
    await element.start(source);
    await say(1);
    fieldset.disabled = true;
    await until(element, 'the end', () => element.state === 'ready');
    assert.isTrue(source.released);
    assert.isTrue(button.disabled);
    assert.isFalse(element.disabled, 'the property is the attribute’s, as of any field');
    assert.isFalse(element.willValidate);
    assert.strictEqual(sent(), null);
    fieldset.disabled = false;
    await element.updateComplete;
    assert.isFalse(button.disabled);
    assert.strictEqual(sent(), 'word0 word1');
  });

  it('is emptied by a reset, which ends what is on', async () => {
    const { element, form, source, sent, told, say, part } = await formRig();
    await element.start(source);
    await say(2);
    form.reset();
    assert.strictEqual(element.value, '');
    assert.strictEqual(sent(), '');
    assert.strictEqual(element.state, 'ready');
    assert.isTrue(source.released);
    await element.updateComplete;
    assert.isNull(part('word'));
    assert.strictEqual(told.at(-1), 'input word0 word1 word0 word1');
  });

  it('takes a value from the page, shows it, and tells of it no more than a textarea would', async () => {
    const { element, sent, told, part } = await formRig();
    element.value = 'go forward\r\nstop';
    assert.strictEqual(element.value, 'go forward\nstop');
    assert.strictEqual(sent(), 'go forward\nstop');
    await element.updateComplete;
    assert.strictEqual(part('word')?.textContent.trim(), 'go');
    element.value = '';
    assert.strictEqual(sent(), '');
    assert.deepEqual(told, []);
  });

  it('takes a value that was set before it was an element', async () => {
    const early = Object.assign(document.createElement('kyutai-early'), { value: 'go forward' });
    customElements.define('kyutai-early', class extends KyutaiSttElement {});
    document.body.append(early);
    assert.instanceOf(early, KyutaiSttElement);
    await early.updateComplete;
    assert.strictEqual(early.value, 'go forward');
    assert.strictEqual(early.transcript, 'go forward');
    early.remove();
  });

  it('fires no input for the controls within it, but lets those of the page through', async () => {
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

  it('goes on where a framework sets late what it was told, and ends where the page sets another text', async () => {
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

  it('takes back what the browser kept of an earlier visit', async () => {
    const { element, sent } = await formRig();
    element.formStateRestoreCallback('go left\nstop');
    assert.strictEqual(sent(), 'go left\nstop');
    assert.strictEqual(element.words.length, 3);
  });

  it('submits nothing by itself', async () => {
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

  it('leaves the words to the field it dictates into', async () => {
    const { element, form, source, sent, told, say } = await formRig();
    element.target = form.appendChild(document.createElement('textarea'));
    element.required = true;
    await element.updateComplete;
    await element.start(source);
    await say(1);
    assert.strictEqual(sent(), null);
    assert.strictEqual(element.value, '');
    assert.strictEqual(element.transcript, 'word0');
    assert.isTrue(element.checkValidity());
    element.abort();
    assert.deepEqual(told, []);
  });
});
