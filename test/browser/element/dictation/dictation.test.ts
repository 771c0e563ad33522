import { assert, html } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import { dictationRig, groupsUndo, type DictationRig } from './dictation-rig.js';
import { until } from '../rig.js';

const KINDS = {
  'an input': html`<input id="field" autocapitalize="none" />`,
  'a search field': html`<input id="field" type="search" autocapitalize="none" />`,
  'a textarea': html`<textarea id="field" autocapitalize="none"></textarea>`,
  'an editable element': html`<div id="field" contenteditable autocapitalize="none"></div>`,
  'a plain-text editable element': html`<div id="field" contenteditable="plaintext-only" autocapitalize="none"></div>`,
};

type Any = HTMLElement;

/** Types as a visitor does. */
async function type(text: string): Promise<void> {
  await sendKeys({ type: text });
}

async function undo(): Promise<void> {
  await sendKeys({ press: 'Control+z' });
}

async function keys(key: string, times: number): Promise<void> {
  for (let time = 0; time < times; time++) await sendKeys({ press: key });
}

for (const [kind, template] of Object.entries(KINDS)) {
  describe(`dictation into ${kind}`, () => {
    let rig: DictationRig<Any>;
    beforeEach(async () => {
      rig = await dictationRig(template);
    });
    afterEach(() => rig.element.abort());

    it('types each word when it is transcribed', async () => {
      await rig.element.start(rig.source);
      await rig.say(1);
      assert.strictEqual(rig.text(), 'word0');
      await rig.say(1);
      assert.strictEqual(rig.text(), 'word0 word1');
      assert.deepEqual(rig.inputs, ['insertText word0', 'insertText  word1']);
      await rig.element.stop();
      assert.strictEqual(rig.text(), 'word0 word1 word2');
    });

    it('does not write an unfinished word', async () => {
      await rig.element.start(rig.source);
      rig.source.play('word', 'partial');
      await until(rig.element, 'a word', () => rig.element.words.length === 1);
      assert.strictEqual(rig.text(), 'word0');
    });

    it('writes at the caret, and adds missing spaces', async () => {
      rig.field.focus();
      await type('onetwo');
      await keys('ArrowLeft', 3);
      await rig.element.start(rig.source);
      await rig.say(2);
      assert.strictEqual(rig.text(), 'one word0 word1 two');
    });

    it('replaces the selection, once', async () => {
      rig.field.focus();
      await type('one two');
      await keys('Shift+ArrowLeft', 3);
      await rig.element.start(rig.source);
      await rig.say(2);
      assert.strictEqual(rig.text(), 'one word0 word1');
    });

    it('keeps what the visitor types meanwhile, and continues after its own words', async () => {
      await rig.element.start(rig.source);
      await rig.say(1);
      await keys('ArrowLeft', 5);
      await type('so ');
      await rig.say(1);
      await type('much ');
      await rig.say(1);
      assert.strictEqual(rig.text(), 'so much word0 word1 word2');
    });

    it('continues after text that the visitor types at the end', async () => {
      await rig.element.start(rig.source);
      await rig.say(1);
      await type(', and');
      await rig.say(1);
      assert.strictEqual(rig.text(), 'word0, and word1');
    });

    it('does not change words that the visitor has edited', async () => {
      await rig.element.start(rig.source);
      await rig.say(2);
      await keys('Backspace', 9);
      await type('!');
      await rig.say(1);
      assert.strictEqual(rig.text(), 'wo! word2');
    });

    it('follows a moved caret with the next utterance, not within one', async () => {
      await rig.element.start(rig.source);
      await rig.say(1);
      await sendKeys({ press: 'Home' });
      await rig.say(1);
      assert.strictEqual(rig.text(), 'word0 word1');
      await rig.pause();
      await rig.say(1);
      assert.strictEqual(rig.text(), 'word2 word0 word1');
    });

    it('continues after its words if the visitor has only corrected one', async () => {
      await rig.element.start(rig.source);
      await rig.say(1);
      await rig.pause();
      await keys('ArrowLeft', 3);
      await type('_');
      await rig.say(1);
      assert.strictEqual(rig.text(), 'wo_rd0 word1');
    });

    it('is undone by utterance, or by word where the browser does not group, separately from typed text', async () => {
      const steps = (await groupsUndo())
        ? ['one word0 word1 word2 word3', 'one word0 word1', 'one']
        : ['one word0 word1 word2 word3', 'one word0 word1 word2', 'one word0 word1', 'one word0', 'one'];
      rig.field.focus();
      await type('one');
      await rig.element.start(rig.source);
      await rig.say(2);
      await rig.pause();
      await rig.say(2);
      await rig.pause();
      await type(' two');
      assert.strictEqual(rig.text(), 'one word0 word1 word2 word3 two');
      for (const step of steps) {
        await undo();
        assert.strictEqual(rig.text(), step);
      }
      await undo();
      assert.strictEqual(rig.text().trim(), '');
    });

    it('continues after an undo during dictation', async () => {
      const left = (await groupsUndo()) ? 'one' : 'one word0';
      rig.field.focus();
      await type('one');
      await rig.element.start(rig.source);
      await rig.say(2);
      await undo();
      assert.strictEqual(rig.text(), left);
      await rig.say(1);
      assert.strictEqual(rig.text(), `${left} word2`);
    });

    it('continues while the focus is elsewhere, and does not move it', async () => {
      await rig.element.start(rig.source);
      await rig.say(1);
      const { button } = rig;
      button.focus();
      await rig.say(2);
      assert.strictEqual(rig.text(), 'word0 word1 word2');
      assert.deepEqual(rig.inputs.slice(1), ['insertText  word1', 'insertText  word2']);
      assert.strictEqual(rig.element.shadowRoot?.activeElement, button);
      rig.field.focus();
      await rig.say(1);
      assert.strictEqual(rig.text(), 'word0 word1 word2 word3');
    });

    it('begins at the end of a field that never had the focus', async () => {
      if ('value' in rig.field) rig.field.value = 'one';
      else rig.field.textContent = 'one';
      await rig.element.start(rig.source);
      await rig.say(1);
      assert.strictEqual(rig.text(), 'one word0');
      assert.isTrue(rig.field.matches(':focus'));
    });

    it('stops on Escape in the field', async () => {
      await rig.element.start(rig.source);
      await rig.say(1);
      await sendKeys({ press: 'Escape' });
      await until(rig.element, 'the end', () => rig.element.state === 'ready');
      assert.strictEqual(rig.text(), 'word0 word1');
    });

    it('lets the page cancel a word', async () => {
      rig.field.addEventListener('beforeinput', (event) => event.preventDefault(), { once: true });
      await rig.element.start(rig.source);
      await rig.say(2);
      await until(rig.element, 'the second word', () => rig.text() !== '');
      assert.strictEqual(rig.text(), 'word1');
    });
  });
}
