/** The attribute `spoken-commands`: punctuation and commands in captions, transcript and value, and in fields. */
import { assert, fixture, html } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import type { TemplateResult } from 'lit';
import type { KyutaiSttElement, SpokenCommands, Utterance } from '../../../../src/index.js';
import { codeMirror } from '../dictation/editors/codemirror.js';
import type { Editor } from '../dictation/editors/editor.js';
import { plainText, richText } from '../dictation/editors/lexical.js';
import { proseMirror } from '../dictation/editors/prosemirror.js';
import { tiptap } from '../dictation/editors/tiptap.js';
import { FAKE_WORKER, HandSource, modelUrl, until } from '../rig.js';

interface Rig {
  readonly element: KyutaiSttElement;
  readonly field: HTMLElement;
  /** Says the next words, `|` for the end of an utterance. */
  readonly say: (words: string) => void;
}

/** @param says every word of the stream */
async function rig(
  says: string,
  {
    field = html``,
    lang = 'en',
    mode = 'captions',
    commands = {},
  }: { field?: TemplateResult; lang?: string; mode?: string; commands?: SpokenCommands } = {},
): Promise<Rig> {
  const words = says.split(' ').filter((word) => word !== '|');
  const page = await fixture<HTMLElement>(
    html`<div lang=${lang}>
      ${field}
      <kyutai-stt
        spoken-commands
        .commands=${commands}
        for="field"
        mode=${mode}
        model=${modelUrl(`says=${encodeURIComponent(words.join(' '))}`)}
        worker-src=${FAKE_WORKER}
        worker-kind="dedicated"
      ></kyutai-stt>
    </div>`,
  );
  const element = page.querySelector('kyutai-stt') as KyutaiSttElement;
  const source = new HandSource();
  await started(element, source);
  const found = page.querySelector<HTMLElement>('#field') ?? page;
  const left = says.split(' ');
  return {
    element,
    field: found,
    say: (said) => {
      for (const word of said.split(' ')) {
        assert.strictEqual(word, left.shift());
        source.play(word === '|' ? 'turn' : 'word');
      }
    },
  };
}

/** Listens once the code of the commands is loaded. */
async function started(element: KyutaiSttElement, source: HandSource): Promise<void> {
  await import('../../../../src/element/hands-free/spoken-commands-controller.js');
  await element.updateComplete;
  await element.start(source);
}

const shown = (element: KyutaiSttElement, selector: string): string[] =>
  [...(element.shadowRoot?.querySelectorAll(selector) ?? [])].map((line) => line.textContent);

describe('spoken-commands of <kyutai-stt>', () => {
  it('change captions and value, with events', async () => {
    const { element, say } = await rig('hello comma world full stop next | scratch that more');
    const log: string[] = [];
    element.addEventListener('command', ({ detail: { name, words, utterance } }) =>
      log.push(`${name} ${words.map(({ text }) => text).join(' ')} ${utterance?.text ?? ''}`),
    );
    element.addEventListener('input', () => log.push(`= ${element.value}`));
    say('hello comma world full');
    await until(element, 'the words', () => shown(element, '.lines').join('') === 'hello, world full');
    assert.strictEqual(element.value, 'hello, world');
    say('stop next |');
    await until(element, 'the sentence', () => shown(element, '.lines').join('') === 'hello, world. Next');
    say('scratch that');
    await until(element, 'the removal', () => shown(element, '.lines').join('') === '');
    assert.strictEqual(element.value, '');
    say('more');
    await until(element, 'a word', () => shown(element, '.lines').join('') === 'more');
    assert.deepEqual(log, [
      '= hello',
      'comma comma hello',
      '= hello,',
      '= hello, world',
      'full-stop full stop hello, world',
      '= hello, world.',
      '= hello, world. Next',
      'scratch scratch that hello, world. Next',
      '= ',
      '= more',
    ]);
    element.abort();
  });

  it('change the transcript, and report an utterance that is removed', async () => {
    const { element, say } = await rig('one new line two | new paragraph three | scratch that', { mode: 'transcript' });
    const last: Utterance[] = [];
    element.addEventListener('transcript', ({ detail }) => last.push(detail));
    say('one new line two | new paragraph three |');
    await until(element, 'three lines', () => shown(element, 'p[part=line]').join('/') === 'one/Two/Three');
    assert.strictEqual(element.value, 'one\nTwo\n\nThree');
    say('scratch that');
    await until(element, 'two lines', () => shown(element, 'p[part=line]').join('/') === 'one/Two');
    assert.deepInclude(last.at(-1), { id: 3, text: '', words: [], isFinal: true });
    assert.notInclude(element.toVTT(), 'Three');
    element.abort();
  });

  it('can be cancelled', async () => {
    const { element, say } = await rig('one comma two');
    element.addEventListener('command', (event) => event.preventDefault());
    say('one comma two');
    await until(element, 'the words', () => element.value === 'one comma two');
    element.abort();
  });

  it('are off without the attribute, from the next word on', async () => {
    const { element, say } = await rig('one comma two comma');
    say('one comma');
    await until(element, 'a comma', () => element.value === 'one,');
    element.spokenCommands = false;
    await element.updateComplete;
    say('two comma');
    await until(element, 'the words', () => element.value === 'one, two comma');
    element.abort();
  });

  it('are those of the language of the field, and of the page', async () => {
    const { element, field, say } = await rig('oui virgule non point ok', {
      field: html`<textarea id="field"></textarea>`,
      lang: 'fr',
      commands: { fr: { ok: { name: 'ok', text: '\u{1f44d}' } } },
    });
    say('oui virgule non point ok');
    await until(element, 'the words', () => (field as HTMLTextAreaElement).value === 'Oui, non. \u{1f44d}');
    element.abort();
  });
});

const FIELDS: Readonly<Record<string, TemplateResult>> = {
  'an input': html`<input id="field" />`,
  'a textarea': html`<textarea id="field"></textarea>`,
  'an editable element': html`<div id="field" contenteditable></div>`,
  'a plain-text editable element': html`<div id="field" contenteditable="plaintext-only"></div>`,
};

const textOf = (field: HTMLElement): string =>
  (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement ? field.value : field.innerText).replace(
    /\u00a0/g,
    ' ',
  );

for (const [kind, field] of Object.entries(FIELDS)) {
  const hasLines = kind !== 'an input';

  describe(`spoken commands in ${kind}`, () => {
    it('write signs, and replace those of the model', async () => {
      const { element, field: input, say } = await rig('hello comma my world. question mark yes', { field });
      say('hello comma my world. question mark yes');
      await until(element, 'the words', () => textOf(input) === 'Hello, my world? Yes');
      element.abort();
    });

    it('remove the last utterance in one step, and only that', async () => {
      const {
        element,
        field: input,
        say,
      } = await rig('one two | three four scratch that five | scratch that', {
        field,
      });
      input.focus();
      await sendKeys({ type: 'So ' });
      say('one two | three four');
      await until(element, 'the words', () => textOf(input).trim() === 'So one two three four');
      say('scratch that');
      await until(element, 'the removal', () => textOf(input).trim() === 'So one two');
      await sendKeys({ press: 'Control+z' });
      assert.strictEqual(textOf(input).trim(), 'So one two three four');
      await sendKeys({ press: 'Control+Shift+z' });
      assert.strictEqual(textOf(input).trim(), 'So one two');
      say('five');
      await until(element, 'a word', () => textOf(input).trim() === 'So one two five');
      say('| scratch that');
      await until(element, 'another removal', () => textOf(input).trim() === 'So one two');
      element.abort();
    });

    it('remove nothing that the visitor has typed', async () => {
      const { element, field: input, say } = await rig('one two | scratch that scratch that', { field });
      say('one two |');
      await until(element, 'the words', () => textOf(input) === 'One two');
      await sendKeys({ press: 'ArrowLeft' });
      await sendKeys({ type: '_' });
      assert.strictEqual(textOf(input), 'One tw_o');
      say('scratch that scratch that');
      await until(element, 'the commands', () => element.utterances.length === 0);
      assert.strictEqual(textOf(input), 'One tw_o');
      element.abort();
    });

    it('remove words while the focus is elsewhere, and leave the caret of the visitor', async () => {
      const { element, field: input, say } = await rig('one | two | scratch that scratch that three', { field });
      say('one |');
      await until(element, 'a word', () => textOf(input) === 'One');
      await sendKeys({ press: 'Home' });
      say('two |');
      await until(element, 'two words', () => textOf(input).trim() === 'Two One');
      element.focus();
      say('scratch that');
      await until(element, 'the removal', () => textOf(input).trim() === 'One');
      say('scratch that');
      await until(element, 'both', () => textOf(input).trim() === '');
      say('three');
      await until(element, 'a word', () => textOf(input).trim() === 'Three');
      element.abort();
    });

    if (hasLines)
      it('break lines, and remove a break', async () => {
        const {
          element,
          field: input,
          say,
        } = await rig('one new line two new paragraph three new line scratch that four', {
          field,
        });
        const lines = (): string => textOf(input).trim().replace(/\n\n+/g, '\n');
        say('one new line');
        say('two');
        await until(element, 'two lines', () => lines() === 'One\nTwo');
        say('new paragraph three');
        await until(element, 'three lines', () => lines() === 'One\nTwo\nThree');
        say('new line scratch that');
        say('four');
        await until(element, 'the words', () => lines() === 'One\nTwo\nThree four');
        element.abort();
      });
    else
      it('break no lines', async () => {
        const { element, field: input, say } = await rig('one new line two scratch that', { field });
        say('one new line two');
        await until(element, 'the words', () => textOf(input) === 'One Two');
        say('scratch that');
        await until(element, 'the removal', () => textOf(input) === 'One');
        element.abort();
      });
  });
}

const EDITORS: Readonly<Record<string, (host: HTMLElement) => Editor | Promise<Editor>>> = {
  'CodeMirror 6': codeMirror,
  'Lexical (plain text)': plainText,
  'Lexical (rich text)': richText,
  ProseMirror: proseMirror,
  TipTap: tiptap,
};

for (const [name, mount] of Object.entries(EDITORS)) {
  it(`spoken commands work in ${name}`, async () => {
    const page = await fixture<HTMLElement>(html`<div lang="en"><div class="editor"></div></div>`);
    const editor = await mount(page.querySelector('.editor') as HTMLElement);
    const { element, say } = await rigIn(editor, 'one comma two | three scratch that new line four full stop');
    // CodeMirror asks for no capitals.
    const plain = (text: string): string =>
      text
        .replace(/\s+/g, ' ')
        .replace(/[\u200b\ufeff]/g, '')
        .trim()
        .toLowerCase();
    const reads = (expected: string): Promise<void> =>
      until(element, expected, () => plain(editor.text()) === expected && plain(editor.field.innerText) === expected);
    say('one comma two |');
    await reads('one, two');
    say('three');
    await reads('one, two three');
    say('scratch that');
    await reads('one, two');
    say('new line four full stop');
    await reads('one, two four.');
    element.abort();
    editor.destroy();
  });
}

async function rigIn(editor: Editor, says: string): Promise<Rig> {
  const element = await fixture<KyutaiSttElement>(
    html`<kyutai-stt
      spoken-commands
      lang="en"
      mode="button"
      .target=${editor.field}
      model=${modelUrl(`says=${encodeURIComponent(says.replaceAll('| ', ''))}`)}
      worker-src=${FAKE_WORKER}
      worker-kind="dedicated"
    ></kyutai-stt>`,
  );
  const source = new HandSource();
  await started(element, source);
  return {
    element,
    field: editor.field,
    say: (said) => source.play(...said.split(' ').map((word) => (word === '|' ? 'turn' : 'word'))),
  };
}
