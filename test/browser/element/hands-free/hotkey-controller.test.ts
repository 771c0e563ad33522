/** The attribute `hotkey`: a toggle or push to talk by a key, whatever has the focus. */
import { assert, fixture, html } from '@open-wc/testing';
import type { KyutaiSttElement } from '../../../../src/index.js';
import { isApple } from '../../../../src/element/hands-free/hotkey.js';
import { FAKE_WORKER, HandSource, assertAccessible, gate, modelUrl, rig, rigOf, until, type Rig } from '../rig.js';

const CODE: Readonly<Record<string, string>> = { d: 'KeyD', Control: 'ControlLeft' };

/** Sends a key to `target`, with Ctrl down. @returns whether nothing cancelled it */
function key(
  type: 'keydown' | 'keyup',
  name = 'd',
  target: EventTarget = document.body,
  init: KeyboardEventInit = {},
): boolean {
  const event = { key: name, code: CODE[name] ?? name, ctrlKey: true, bubbles: true, composed: true, cancelable: true };
  return target.dispatchEvent(new KeyboardEvent(type, { ...event, ...init }));
}

function stroke(target?: EventTarget): void {
  key('keydown', 'd', target);
  key('keyup', 'd', target);
}

const title = ({ shadowRoot }: KyutaiSttElement): string | null | undefined =>
  shadowRoot?.querySelector('button')?.getAttribute('title');

const status = ({ shadowRoot }: KyutaiSttElement): string =>
  shadowRoot?.querySelector('[part=status]')?.textContent ?? '';

interface HotkeyRig extends Rig {
  /** The microphones that the element has opened. */
  readonly sources: HandSource[];
}

/** An element whose microphone is a source of the test, once it has its shortcut. */
async function withHotkey(
  mode: 'toggle' | 'hold',
  { prompt, ...options }: { query?: string; lang?: string; prompt?: Promise<void> } = {},
): Promise<HotkeyRig> {
  return prepared(await rig(options), mode, prompt);
}

/** @param prompt what each microphone waits for */
async function prepared(it: Rig, mode: 'toggle' | 'hold', prompt?: Promise<void>): Promise<HotkeyRig> {
  const { element } = it;
  const sources: HandSource[] = [];
  const start = element.start.bind(element);
  element.start = () => {
    const source = new HandSource(prompt, 'microphone');
    sources.push(source);
    return start(source);
  };
  element.setAttribute('hotkey-mode', mode);
  element.setAttribute('hotkey', 'Ctrl+D');
  await until(element, 'the shortcut', () => title(element) !== null);
  return { ...it, button: it.button, sources };
}

describe('hotkey of <kyutai-stt>', () => {
  it('is in the title of the button and known to assistive technology, in both languages', async () => {
    const { element, button } = await withHotkey('toggle');
    const isMac = isApple();
    assert.strictEqual(button.title, isMac ? 'Keyboard shortcut: ⌃D' : 'Keyboard shortcut: Ctrl+D');
    assert.strictEqual(button.getAttribute('aria-keyshortcuts'), 'Control+D');
    await assertAccessible(element);
    element.lang = 'fr';
    element.hotkeyMode = 'hold';
    await element.updateComplete;
    assert.strictEqual(button.title, isMac ? 'Maintenez ⌃D pour parler' : 'Maintenez Ctrl+D pour parler');
    element.hotkey = '';
    await element.updateComplete;
    assert.isFalse(button.hasAttribute('title'));
    assert.isFalse(button.hasAttribute('aria-keyshortcuts'));
    assert.isTrue(key('keydown')); // it is the page's again
  });

  it('refuses a bare letter once, with a remedy, and leaves it to the page', async () => {
    const { warn } = console;
    const warnings: string[] = [];
    console.warn = (text: string) => void warnings.push(text);
    try {
      const { element, button } = await withHotkey('toggle');
      for (let i = 0; i < 2; i++) {
        element.hotkey = 'd';
        await element.updateComplete;
        element.hotkey = 'Ctrl+D';
        await element.updateComplete;
      }
      element.hotkey = 'd';
      await element.updateComplete;
      assert.lengthOf(warnings, 1);
      assert.match(warnings[0] ?? '', /hotkey="d" is a key that people type with.*"Ctrl\+Shift\+D"/);
      assert.isFalse(button.hasAttribute('title'));
      assert.isTrue(key('keydown', 'd', document.body, { ctrlKey: false }));
      assert.strictEqual(element.state, 'idle');
    } finally {
      console.warn = warn;
    }
  });

  it('starts and stops while a field has the focus, and ignores repeated presses', async () => {
    const { element, sources } = await withHotkey('toggle');
    const field = await fixture<HTMLInputElement>(html`<input aria-label="Name" />`);
    field.focus();
    assert.isFalse(key('keydown', 'd', field));
    await until(element, 'the stream', () => element.state === 'listening');
    assert.isFalse(key('keydown', 'd', field, { repeat: true })); // it must not type either
    assert.isTrue(key('keyup', 'd', field));
    assert.strictEqual(element.state, 'listening');
    assert.strictEqual(document.activeElement, field);
    sources[0]?.play('word');
    assert.isFalse(key('keydown', 'd', field));
    await until(element, 'the end', () => element.state === 'ready');
    assert.strictEqual(element.transcript, 'word0 word1');
    assert.lengthOf(sources, 1);
  });

  it('starts during a load that was not for talking, instead of cancelling it', async () => {
    const { query, open } = gate();
    const { element } = await withHotkey('toggle', { query });
    const loading = element.load();
    await until(element, 'the load', () => element.state === 'loading');
    key('keydown');
    open();
    await loading;
    await until(element, 'the stream', () => element.state === 'listening');
    element.abort();
  });

  it('leaves the key alone if the element is disabled, the page has used it, or it ends a composition', async () => {
    const { element } = await withHotkey('toggle');
    element.disabled = true;
    await element.updateComplete;
    assert.isTrue(key('keydown'));
    element.disabled = false;
    await element.updateComplete;
    assert.isTrue(key('keydown', 'd', document.body, { isComposing: true }));
    const use = (event: Event): void => event.preventDefault();
    addEventListener('keydown', use, { capture: true, once: true });
    stroke();
    assert.strictEqual(element.state, 'idle');
    assert.isTrue(key('keydown', 'd', document.body, { shiftKey: true }));
    element.remove();
    assert.isTrue(key('keydown'));
  });

  for (const [what, release] of [
    ['its key is released', () => key('keyup')],
    ['Ctrl is released', () => key('keyup', 'Control', document.body, { ctrlKey: false })],
    ['the window loses the focus', () => dispatchEvent(new FocusEvent('blur'))],
    ['the page is hidden', () => hide()],
    ['the attribute is removed', (element: KyutaiSttElement) => element.removeAttribute('hotkey')],
  ] as const)
    it(`listens while it is held, until ${what}`, async () => {
      const { element, sources } = await withHotkey('hold');
      key('keydown');
      await until(element, 'the stream', () => element.state === 'listening');
      key('keydown', 'd', document.body, { repeat: true });
      key('keyup', 'x');
      assert.strictEqual(element.state, 'listening');
      sources[0]?.play('word');
      release(element);
      await until(element, 'the end', () => element.state === 'ready');
      assert.strictEqual(element.transcript, 'word0 word1');
      assert.lengthOf(sources, 1);
    });

  it('does not end what the button has started', async () => {
    const { element, sources, button } = await withHotkey('hold');
    button.click();
    await until(element, 'the stream', () => element.state === 'listening');
    key('keydown');
    key('keyup');
    assert.strictEqual(element.state, 'listening');
    assert.lengthOf(sources, 1);
    element.abort();
  });

  it('starts again as soon as the words of the last press are complete, if it is still held', async () => {
    const { element, sources, log } = await withHotkey('hold');
    key('keydown');
    await until(element, 'the stream', () => element.state === 'listening');
    key('keyup');
    assert.strictEqual(element.state, 'finishing');
    key('keydown');
    key('keyup'); // a short one is dropped
    key('keydown');
    await until(element, 'the second stream', () => element.state === 'listening' && sources.length === 2);
    key('keyup');
    await until(element, 'the end', () => log.filter((entry) => entry === 'end').length === 2);
    assert.lengthOf(sources, 2);
  });

  it('records while the model is downloaded, and what was said before it was released is transcribed', async () => {
    const { query, open } = gate('arrive');
    const { element, sources } = await withHotkey('hold', { query });
    key('keydown');
    await until(element, 'the recording', () => status(element).startsWith('You can speak now'));
    sources[0]?.play('word', 'word');
    key('keyup');
    await element.updateComplete;
    assert.strictEqual(status(element), 'Your words will appear when the model is ready.');
    key('keydown'); // waits for those words
    assert.lengthOf(sources, 1);
    key('keyup');
    open();
    await until(element, 'the words', () => element.state === 'ready');
    assert.strictEqual(element.transcript, 'word0 word1 word2');
    assert.lengthOf(sources, 1);
  });

  it('lets the model load if it is released before the microphone opens', async () => {
    const { query, open } = gate();
    let allow = (): void => undefined;
    const prompt = new Promise<void>((resolve) => (allow = resolve));
    const { element, sources, log } = await withHotkey('hold', { query, prompt });
    key('keydown');
    await until(element, 'the prompt', () => sources[0]?.calls.includes('start') === true);
    dispatchEvent(new FocusEvent('blur')); // of the prompt
    assert.isTrue(sources[0]?.released);
    assert.strictEqual(element.state, 'loading');
    allow();
    open();
    await until(element, 'the model', () => element.state === 'ready');
    assert.notInclude(log, 'start');
    assert.notInclude(log, 'error');
    key('keydown');
    await until(element, 'the stream', () => element.state === 'listening');
    key('keyup');
    await until(element, 'the end', () => element.state === 'ready');
  });

  it('is that of the element whose field has the focus, where several have the same', async () => {
    const fields = await fixture(html`<div>${['one', 'two'].map(fieldWithButton)}</div>`);
    const elements = [...fields.querySelectorAll('kyutai-stt')];
    const rigs = await Promise.all(elements.map((element) => prepared(rigOf(element), 'toggle')));
    const [, field] = fields.querySelectorAll('input');
    const counts = (): number[] => rigs.map(({ sources }) => sources.length);
    field?.focus();
    stroke(field);
    assert.deepEqual(counts(), [0, 1]);
    const [first, second] = elements;
    if (!first || !second) throw new Error('there are two elements');
    await until(second, 'the stream', () => second.state === 'listening');
    field?.blur();
    key('keydown'); // ends the one that listens
    key('keydown', 'd', document.body, { repeat: true });
    key('keyup');
    assert.deepEqual(counts(), [0, 1]);
    await until(second, 'the end', () => second.state === 'ready');
    stroke();
    assert.deepEqual(counts(), [1, 1]);
    await until(first, 'the stream', () => first.state === 'listening');
    first.abort();
  });

  it('works in the frame of its field', async () => {
    const frame = await fixture<HTMLIFrameElement>(html`<iframe title="A page"></iframe>`);
    const inside = frame.contentDocument;
    if (!inside) throw new Error('the frame has no document');
    const field = inside.createElement('textarea');
    inside.body.append(field);
    const { element } = await withHotkey('toggle');
    element.target = field;
    await element.updateComplete;
    key('keydown', 'd', field);
    await until(element, 'the stream', () => element.state === 'listening');
    element.abort();
  });
});

const fieldWithButton = (id: string): unknown =>
  html`<input id=${id} aria-label=${id} />
    <kyutai-stt
      for=${id}
      mode="button"
      lang="en"
      model=${modelUrl()}
      worker-src=${FAKE_WORKER}
      worker-kind="dedicated"
    ></kyutai-stt>`;

function hide(): void {
  Object.defineProperty(document, 'hidden', { value: true, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
  Reflect.deleteProperty(document, 'hidden');
}
