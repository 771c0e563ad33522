/** Dictation into an editable element, where the browser has no `getComposedRanges` or an older form of it. */
import { assert, fixture, html } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import { dictationRig, dictationRigOf } from './dictation-rig.js';
import { FAKE_WORKER, modelUrl } from '../rig.js';

const native = Object.getOwnPropertyDescriptor(Selection.prototype, 'getComposedRanges');

/** Like Safari 17: accepts the roots as arguments, but no options object. */
function withRootsAsArguments(this: Selection, ...roots: unknown[]): readonly StaticRange[] {
  if (!roots.every((root) => root instanceof ShadowRoot)) throw new TypeError('not an instance of ShadowRoot');
  return (native?.value as Selection['getComposedRanges']).call(this, { shadowRoots: roots });
}

/**
 * Whether the browser exposes a selection in a shadow root without `getComposedRanges`. WebKit does not, but
 * has had the method in every version we support.
 */
function exposesShadowSelection(): boolean {
  const host = document.body.appendChild(document.createElement('div'));
  const root = host.attachShadow({ mode: 'open' }) as ShadowRoot & { getSelection?: () => Selection | null };
  root.innerHTML = '<div contenteditable>text</div>';
  root.querySelector('div')?.focus();
  const selection = root.getSelection?.() ?? document.getSelection();
  const exposed = selection?.rangeCount === 1 && root.contains(selection.getRangeAt(0).startContainer);
  host.remove();
  return exposed;
}

const BROWSERS: Readonly<Record<string, (() => unknown) | undefined>> = {
  'without getComposedRanges': undefined,
  ...(native && { 'where getComposedRanges takes the roots as arguments': withRootsAsArguments }),
};

for (const [kind, value] of Object.entries(BROWSERS)) {
  describe(`dictation into an editable element ${kind}`, () => {
    beforeEach(() => {
      delete (Selection.prototype as Partial<Selection>).getComposedRanges;
      if (value) Object.defineProperty(Selection.prototype, 'getComposedRanges', { value, configurable: true });
    });
    afterEach(() => {
      delete (Selection.prototype as Partial<Selection>).getComposedRanges;
      if (native) Object.defineProperty(Selection.prototype, 'getComposedRanges', native);
    });

    it('writes at the caret, replaces a selection, and continues after the visitor types', async () => {
      const rig = await dictationRig(html`<div id="field" contenteditable autocapitalize="none"></div>`);
      rig.field.focus();
      await sendKeys({ type: 'one two' });
      for (let press = 0; press < 3; press++) await sendKeys({ press: 'Shift+ArrowLeft' });
      await rig.element.start(rig.source);
      await rig.say(1);
      assert.strictEqual(rig.text(), 'one word0');
      await sendKeys({ type: ', and' });
      await rig.say(1);
      assert.strictEqual(rig.text(), 'one word0, and word1');
      rig.element.abort();
    });

    if (!value && !exposesShadowSelection()) return;
    it('writes in a shadow root', async () => {
      const host = await fixture<HTMLElement>(html`<div></div>`);
      const root = host.attachShadow({ mode: 'open' });
      const field = Object.assign(document.createElement('div'), { id: 'field', autocapitalize: 'none' });
      field.contentEditable = 'true';
      const element = document.createElement('kyutai-stt');
      Object.assign(element, { htmlFor: 'field', mode: 'button', model: modelUrl(), workerSrc: FAKE_WORKER });
      element.workerKind = 'dedicated';
      root.append(field, element);
      const rig = dictationRigOf(element, field);
      await rig.element.start(rig.source);
      await rig.say(1);
      await sendKeys({ press: 'Home' });
      await sendKeys({ type: 'so ' });
      await rig.say(1);
      assert.strictEqual(rig.text(), 'so word0 word1');
      await rig.pause();
      await sendKeys({ press: 'Home' });
      await rig.say(1);
      assert.strictEqual(rig.text(), 'word2 so word0 word1');
      element.abort();
    });
  });
}
