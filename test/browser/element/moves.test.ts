/** An element that the page moves: out and back, to another place, to another window's document. */
import { assert, fixture, html } from '@open-wc/testing';
import type { KyutaiSttElement } from '../../../src/index.js';
import { FAKE_WORKER, HandSource, modelUrl, rig, rigOf, until } from './rig.js';
import { silence } from './silence.js';

const task = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** The document of a new iframe of this origin. */
async function otherDocument(): Promise<Document> {
  const frame = await fixture<HTMLIFrameElement>(html`<iframe title="Another document"></iframe>`);
  const { contentDocument } = frame;
  if (!contentDocument) throw new Error('the iframe has no document');
  contentDocument.documentElement.lang = 'fr';
  return contentDocument;
}

/** Whether the hidden texts for screen readers are out of sight. */
function isStyled({ shadowRoot }: KyutaiSttElement): boolean {
  const unseen = shadowRoot?.querySelector('.unseen');
  return unseen?.ownerDocument.defaultView?.getComputedStyle(unseen).position === 'absolute';
}

const moves: Record<string, (element: KyutaiSttElement) => Promise<void> | void> = {
  'is put back a few tasks later': async (element) => {
    const parent = element.parentElement;
    element.remove();
    for (let tasks = 0; tasks < 5; tasks++) await task();
    parent?.append(element);
  },
  'is adopted by another document': async (element) => {
    (await otherDocument()).body.append(element);
  },
  'is adopted by another document later': async (element) => {
    const { body } = await otherDocument();
    element.remove();
    await task();
    body.append(element);
  },
  'is moved with its state, where the browser can': (element) => {
    const place = document.createElement('div');
    element.parentElement?.append(place);
    if ('moveBefore' in place)
      (place as { moveBefore(node: Node, child: Node | null): void }).moveBefore(element, null);
    else place.append(element);
  },
};

describe('<kyutai-stt> that is moved', () => {
  for (const [name, move] of Object.entries(moves)) {
    it(`listens on when it ${name}`, async () => {
      const { element, log } = await rig();
      const source = new HandSource();
      await element.start(source);
      source.play('word');
      await until(element, 'a word before', () => element.words.length === 1);
      await move(element);
      source.play('word');
      await until(element, 'a word after', () => element.words.length === 2);
      assert.strictEqual(element.state, 'listening');
      assert.notInclude(log, 'end');
      assert.strictEqual(isStyled(element), true);
      const shown = [...(element.shadowRoot?.querySelectorAll('[part~=word]') ?? [])];
      assert.lengthOf(shown, 2);
      element.abort();
    });
  }

  it('releases the microphone and the model soon after it was removed for good', async () => {
    const { element } = await rig();
    const source = new HandSource();
    await element.start(source);
    element.remove();
    await until(element, 'the end of the stream', () => source.released && element.state === 'idle');
  });

  it('releases them when the other document is closed with it', async () => {
    const { element } = await rig();
    const source = new HandSource();
    await element.start(source);
    const other = await otherDocument();
    other.body.append(element);
    await task();
    other.defaultView?.frameElement?.remove();
    await until(element, 'the end of the stream', () => source.released);
  });

  it('has its styles, language and media element in a document that it is first added to', async () => {
    const other = await otherDocument();
    const element = document.createElement('kyutai-stt');
    Object.assign(element, { model: modelUrl(), workerSrc: FAKE_WORKER, workerKind: 'dedicated', htmlFor: 'talk' });
    const talk = Object.assign(other.createElement('audio'), { id: 'talk', src: silence(1) });
    other.body.append(talk, element);
    await element.updateComplete;
    assert.strictEqual(isStyled(element), true);
    const { button } = rigOf(element);
    assert.include(button.textContent, 'Démarrer');
    const starting = element.start();
    await until(element, 'the media element', () => element.state === 'listening');
    await starting;
    assert.ok(talk.textTracks.length);
    element.abort();
  });

  it('has its styles again after it came back', async () => {
    const { element } = await rig();
    const home = element.parentElement;
    const before = element.shadowRoot?.adoptedStyleSheets.length;
    (await otherDocument()).body.append(element);
    home?.append(element);
    assert.strictEqual(element.shadowRoot?.adoptedStyleSheets.length, before);
    assert.strictEqual(isStyled(element), true);
  });
});
