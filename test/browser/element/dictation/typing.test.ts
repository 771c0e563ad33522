/** The events a page gets for each dictated word: one `beforeinput`, which can cancel it, and one `input`. */
import { assert, fixture, html, waitUntil } from '@open-wc/testing';
import { fieldOf } from '../../../../src/element/dictation/aim.js';
import { Dictation } from '../../../../src/element/dictation/dictation.js';
import { firesBeforeInput, tryCommand } from '../../../../src/element/dictation/typing.js';

const FIELDS: Readonly<Record<string, string>> = {
  'an input': '<input autocapitalize="none">',
  'a textarea': '<textarea autocapitalize="none"></textarea>',
  'an editable element': '<div contenteditable autocapitalize="none"></div>',
  'a plain-text editable element': '<div contenteditable="plaintext-only" autocapitalize="none"></div>',
};

const read = (field: HTMLElement): string => ('value' in field ? String(field.value) : field.textContent);

function write(field: HTMLElement, text: string): void {
  if ('value' in field) field.value = text;
  else field.textContent = text;
}

/** A new field, in a document or in a shadow root. */
async function make(markup: string, inShadow: boolean): Promise<HTMLElement> {
  const box = await fixture<HTMLElement>(html`<div></div>`);
  const root = inShadow ? box.attachShadow({ mode: 'open' }) : box;
  root.innerHTML = markup;
  return root.firstElementChild as HTMLElement;
}

/** Events at `target`, in the order they came: `beforeinput word`. */
class Log {
  readonly events: string[] = [];
  readonly #controller = new AbortController();

  constructor(target: EventTarget, handle: (event: InputEvent) => void = () => undefined) {
    for (const type of ['beforeinput', 'input']) {
      const listen = (event: Event): void => {
        const { inputType, data } = event as InputEvent;
        this.events.push(`${type} ${inputType} ${data}`);
        handle(event as InputEvent);
      };
      target.addEventListener(type, listen, { capture: true, signal: this.#controller.signal });
    }
  }

  close(): void {
    this.#controller.abort();
  }
}

const cancel = (event: InputEvent): void => event.preventDefault();

for (const [kind, markup] of Object.entries(FIELDS)) {
  for (const inShadow of [false, true]) {
    describe(`the events of dictation into ${kind}${inShadow ? ' in a shadow root' : ''}`, () => {
      let field: HTMLElement;
      let dictation: Dictation;
      let logs: Log[];
      const log = (target: EventTarget, handle?: (event: InputEvent) => void): Log => {
        const made = new Log(target, handle);
        logs.push(made);
        return made;
      };

      function dictate(before = '', after = ''): void {
        write(field, before + after);
        dictation = new Dictation(fieldOf(field, firesBeforeInput(document.body)), {
          stop: () => undefined,
          failed: (error) => assert.fail(error.message),
        });
        if (after === '') return;
        if ('setSelectionRange' in field) (field as HTMLInputElement).setSelectionRange(before.length, before.length);
        else getSelection()?.collapse(field.firstChild, before.length);
      }

      /** An editable element gets each word in a task of its own. */
      async function say(...texts: string[]): Promise<void> {
        for (const [index, text] of texts.entries()) {
          const words = texts.slice(0, index + 1).map((word) => ({ text: word, start: 0, end: 0 }));
          dictation.update({ id: 1, text, words, isFinal: false, start: 0, end: 0 });
          await new Promise((resolve) => setTimeout(resolve));
        }
      }

      beforeEach(async () => {
        field = await make(markup, inShadow);
        logs = [];
      });
      afterEach(() => {
        for (const one of logs) one.close();
        dictation.close();
      });

      it('are one beforeinput and one input for each word, seen by the window and by the field', async () => {
        const [above, here] = [log(window), log(field)];
        dictate();
        await say('one', 'two', ',');
        const expected = ['one', ' two', ','].flatMap((text) => [
          `beforeinput insertText ${text}`,
          `input insertText ${text}`,
        ]);
        assert.deepEqual(here.events, expected);
        assert.deepEqual(above.events, expected);
        assert.strictEqual(read(field), 'one two,');
      });

      it('are one of each where a word replaces the space before it', async () => {
        dictate('one ');
        const above = log(window);
        await say(',');
        assert.deepEqual(above.events, ['beforeinput insertText ,', 'input insertText ,']);
        assert.strictEqual(read(field), 'one,');
      });

      it('are one of each while the focus is elsewhere', async () => {
        dictate();
        await say('one');
        const button = await fixture<HTMLButtonElement>(html`<button></button>`);
        button.focus();
        const above = log(window);
        await say('one', 'two');
        assert.deepEqual(above.events, ['beforeinput insertText  two', 'input insertText  two']);
        assert.strictEqual(read(field), 'one two');
      });

      for (const [where, at] of [
        ['the window', () => window],
        ['the field', () => field],
      ] as const) {
        it(`leave out a word that ${where} cancels, and write the next`, async () => {
          dictate('a');
          let cancelled = 0;
          const above = log(at(), (event) => {
            if (event.type !== 'beforeinput' || cancelled > 0) return;
            cancelled++;
            cancel(event);
          });
          await say('one', 'two');
          await waitUntil(() => above.events.length === 3, 'the second word');
          assert.deepEqual(above.events, [
            'beforeinput insertText  one',
            'beforeinput insertText  two',
            'input insertText  two',
          ]);
          assert.strictEqual(read(field), 'a two');
        });
      }

      it('leave out a word that the window cancels and stops', async () => {
        dictate('one');
        const here = log(field);
        const above = log(window, (event) => {
          cancel(event);
          event.stopImmediatePropagation();
        });
        await say(',', 'two');
        await waitUntil(() => above.events.length === 2, 'the second word');
        assert.deepEqual(above.events, ['beforeinput insertText ,', 'beforeinput insertText  two']);
        assert.deepEqual(here.events, []);
        assert.strictEqual(read(field), 'one');
      });

      it('write a word whose events the window stops', async () => {
        dictate();
        const above = log(window, (event) => event.stopImmediatePropagation());
        await say('one', 'two');
        assert.lengthOf(above.events, 4);
        assert.strictEqual(read(field), 'one two');
      });

      it('let an editor that cancels them write the word itself at the selection', async () => {
        dictate('one', '  three');
        const above = log(window, (event) => {
          if (event.type !== 'beforeinput') return;
          cancel(event);
          // Like an editor with its own model, which writes at the selection.
          const text = `<${event.data ?? ''}>`;
          if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) {
            field.setRangeText(text, field.selectionStart ?? 0, field.selectionEnd ?? 0, 'end');
          } else field.append(text);
        });
        await say('two');
        assert.deepEqual(above.events, ['beforeinput insertText  two']);
        assert.include(read(field), '< two>');
        assert.strictEqual(read(field).match(/two/g)?.length, 1);
      });
    });
  }
}

describe('the check whether the browser fires beforeinput for execCommand', () => {
  const watched = [
    ...['focus', 'focusin', 'blur', 'focusout', 'change', 'selectionchange', 'load', 'error'],
    ...['beforeinput', 'input'],
  ];

  it('does not change the focus, the selection or the page', async () => {
    const field = (await make(FIELDS['an input'] ?? '', false)) as HTMLInputElement;
    field.value = 'one two';
    field.focus();
    field.setSelectionRange(4, 7);
    await new Promise((resolve) => setTimeout(resolve)); // `selectionchange` comes later
    const seen: string[] = [];
    const controller = new AbortController();
    for (const type of watched) {
      addEventListener(type, ({ type }) => seen.push(type), { capture: true, signal: controller.signal });
    }
    const mutations = new MutationObserver(() => assert.fail('the page was changed'));
    mutations.observe(document, { subtree: true, childList: true });
    const root = document.createElement('div').attachShadow({ mode: 'open' });
    field.before(root.host);
    mutations.takeRecords();
    assert.isDefined(tryCommand(root));
    assert.deepEqual(mutations.takeRecords(), []);
    await new Promise((resolve) => setTimeout(resolve, 50));
    mutations.disconnect();
    controller.abort();
    assert.deepEqual(seen, []);
    assert.strictEqual(root.childNodes.length, 0);
    assert.strictEqual(document.activeElement, field);
    assert.deepEqual([field.selectionStart, field.selectionEnd], [4, 7]);
    root.host.remove();
  });

  it('is undefined where the frame cannot be reached', () => {
    const { prototype } = HTMLIFrameElement;
    const native = Object.getOwnPropertyDescriptor(prototype, 'contentDocument') as PropertyDescriptor;
    Object.defineProperty(prototype, 'contentDocument', { get: () => null, configurable: true });
    try {
      assert.isUndefined(tryCommand(document.body));
    } finally {
      Object.defineProperty(prototype, 'contentDocument', native);
    }
  });

  for (const [kind, markup] of Object.entries(FIELDS)) {
    it(`may be undefined: ${kind} gets one beforeinput and one input`, async () => {
      const field = await make(markup, false);
      const dictation = new Dictation(fieldOf(field, false), {
        stop: () => undefined,
        failed: (error) => assert.fail(error.message),
      });
      const log = new Log(document);
      dictation.update({
        id: 1,
        text: 'one',
        words: [{ text: 'one', start: 0, end: 0 }],
        isFinal: true,
        start: 0,
        end: 0,
      });
      log.close();
      dictation.close();
      assert.deepEqual(log.events, ['beforeinput insertText one', 'input insertText one']);
    });
  }
});

it('beforeinput has the range that a dictated word replaces', async () => {
  const field = await make(FIELDS['an editable element'] ?? '', false);
  field.textContent = 'one two';
  field.focus();
  getSelection()?.collapse(field.firstChild, 4);
  const dictation = new Dictation(fieldOf(field, firesBeforeInput(document.body)), {
    stop: () => undefined,
    failed: (error) => assert.fail(error.message),
  });
  let ranges: readonly StaticRange[] = [];
  const log = new Log(field, (event) => {
    if (event.type === 'beforeinput') ranges = event.getTargetRanges();
  });
  dictation.update({ id: 1, text: ',', words: [{ text: ',', start: 0, end: 0 }], isFinal: true, start: 0, end: 0 });
  log.close();
  dictation.close();
  assert.deepEqual(
    ranges.map(({ startContainer, startOffset, endOffset }) => [startContainer.nodeName, startOffset, endOffset]),
    [['#text', 3, 4]],
  );
});
