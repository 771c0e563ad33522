/** The attribute `editable`: the visitor edits the transcript, while words arrive, by mouse and by keyboard. */
import { assert, fixture, html } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import type { KyutaiSttElement } from '../../../../src/index.js';
import { FAKE_WORKER, HandSource, assertAccessible, modelUrl, until } from '../rig.js';

interface Rig {
  readonly element: KyutaiSttElement;
  readonly source: HandSource;
  readonly log: string[];
  readonly line: (index: number) => HTMLElement;
  readonly area: () => HTMLTextAreaElement;
  readonly isEditing: () => boolean;
  readonly word: (text: string) => HTMLElement;
}

async function rig(lang = 'en'): Promise<Rig> {
  const element = await fixture<KyutaiSttElement>(
    html`<kyutai-stt
      editable
      mode="transcript"
      lang=${lang}
      model=${modelUrl()}
      worker-src=${FAKE_WORKER}
      worker-kind="dedicated"
    ></kyutai-stt>`,
  );
  await import('../../../../src/element/editing/transcript-editor-controller.js');
  await until(element, 'the editor', () => find('#edit-keys') !== null);
  const source = new HandSource();
  const log: string[] = [];
  await element.start(source);
  for (const type of ['input', 'change'] as const)
    element.addEventListener(type, () => log.push(`${type} ${element.value}`));
  function find(selector: string): HTMLElement | null {
    return element.shadowRoot?.querySelector<HTMLElement>(selector) ?? null;
  }
  function needed<E>(found: E | null | undefined): E {
    if (!found) throw new Error('the transcript has no such part');
    return found;
  }
  const all = (selector: string): HTMLElement[] => [
    ...(element.shadowRoot?.querySelectorAll<HTMLElement>(selector) ?? []),
  ];
  return {
    element,
    source,
    log,
    line: (index) => needed(all('[part=line]')[index]),
    area: () => needed(element.shadowRoot?.querySelector('textarea')),
    isEditing: () => find('textarea') !== null,
    word: (text) => needed(all('[part~=word]').find((span) => span.textContent === text)),
  };
}

/** Two utterances of two words, and the stream goes on. */
async function spoken(lang?: string): Promise<Rig> {
  const it = await rig(lang);
  it.source.play('word', 'word', 'turn', 'word', 'word', 'turn');
  await until(it.element, 'two utterances', () => it.element.utterances[1]?.isFinal === true);
  assert.strictEqual(it.element.value, 'word0 word1\nword2 word3');
  it.log.length = 0;
  return it;
}

/** Of the focused element. The driver of WebKit presses no F2, and its window keeps Ctrl+Z for itself. */
function press(element: KyutaiSttElement, key: string, init: KeyboardEventInit = {}): void {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, composed: true, cancelable: true, ...init });
  element.shadowRoot?.activeElement?.dispatchEvent(event);
  assert.isTrue(event.defaultPrevented, key);
}

const doubleClick = (target: HTMLElement): boolean =>
  target.dispatchEvent(new MouseEvent('dblclick', { bubbles: true, composed: true }));

describe('editable of <kyutai-stt>', () => {
  it('edits a word that is double-clicked; its times stay, and events and exports follow', async () => {
    const { element, log, line, area, isEditing, word } = await spoken();
    const before = element.utterances[0];
    const transcripts: string[] = [];
    element.addEventListener('transcript', ({ detail }) => transcripts.push(`${detail.id} ${detail.text}`));
    doubleClick(word('word1'));
    assert.strictEqual(area().value.slice(area().selectionStart, area().selectionEnd), 'word1');
    await sendKeys({ type: 'world' });
    assert.deepEqual(log, []);
    await sendKeys({ press: 'Enter' });
    await until(element, 'the word', () => line(0).textContent === 'word0 world');
    assert.isFalse(isEditing());
    assert.deepEqual(log, ['input word0 world\nword2 word3', 'change word0 world\nword2 word3']);
    assert.deepEqual(transcripts, ['1 word0 world']);
    const { start, end } = before?.words[1] ?? {};
    assert.deepEqual(element.utterances[0]?.words, [before?.words[0], { text: 'world', start, end }] as never);
    assert.include(element.toVTT(), 'word0 world');
    assert.include(element.toSRT(), 'word0 world');
    element.abort();
  });

  it('edits by the keyboard alone, and returns to the word', async () => {
    const { element, line, area, word } = await spoken();
    element.shadowRoot?.querySelector<HTMLElement>('.transcript')?.focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight']) await sendKeys({ press: key });
    press(element, 'F2');
    assert.strictEqual(area().value, 'word2 word3');
    await sendKeys({ type: 'so' });
    await sendKeys({ press: 'ArrowLeft' });
    await sendKeys({ type: '-' });
    await sendKeys({ press: 'Enter' });
    await until(element, 'the word', () => line(1).textContent === 's-o word3');
    await until(element, 'the focus', () => element.shadowRoot?.activeElement === word('s-o'));
    await sendKeys({ press: 'ArrowRight' });
    assert.strictEqual(element.shadowRoot?.activeElement, word('word3'));
    assert.isNull(word('s-o').getAttribute('role'));
    element.abort();
  });

  it('leaves everything on Escape, and does not stop listening', async () => {
    const { element, log, line, isEditing, word } = await spoken();
    doubleClick(word('word0'));
    await sendKeys({ type: 'no' });
    await sendKeys({ press: 'Escape' });
    assert.isFalse(isEditing());
    assert.strictEqual(line(0).textContent, 'word0 word1');
    assert.deepEqual(log, []);
    assert.strictEqual(element.state, 'listening');
    element.abort();
  });

  it('undoes and does again', async () => {
    const { element, line, word } = await spoken();
    doubleClick(word('word3'));
    await sendKeys({ type: 'three and more' });
    await sendKeys({ press: 'Enter' });
    await until(element, 'the words', () => line(1).textContent === 'word2 three and more');
    doubleClick(word('word0'));
    await sendKeys({ type: 'zero' });
    await sendKeys({ press: 'Enter' });
    await until(element, 'the focus', () => element.shadowRoot?.activeElement === word('zero'));
    press(element, 'z', { ctrlKey: true });
    await until(element, 'one undone', () => element.value === 'word0 word1\nword2 three and more');
    element.shadowRoot?.querySelector<HTMLElement>('.transcript')?.focus();
    press(element, 'z', { ctrlKey: true });
    await until(element, 'both undone', () => line(1).textContent === 'word2 word3');
    assert.strictEqual(line(0).textContent, 'word0 word1');
    press(element, 'Z', { ctrlKey: true, shiftKey: true });
    press(element, 'y', { ctrlKey: true });
    await until(element, 'both done', () => element.value === 'zero word1\nword2 three and more');
    assert.strictEqual(line(0).textContent, 'zero word1');
    element.abort();
  });

  it('removes an utterance without words, and brings it back', async () => {
    const { element, log, line, word } = await spoken();
    doubleClick(word('word0'));
    await sendKeys({ press: 'Control+a' });
    await sendKeys({ press: 'Delete' });
    await sendKeys({ press: 'Enter' });
    await until(element, 'the removal', () => line(0).textContent === 'word2 word3');
    assert.deepEqual(log, ['input word2 word3', 'change word2 word3']);
    element.shadowRoot?.querySelector<HTMLElement>('.transcript')?.focus();
    press(element, 'z', { ctrlKey: true });
    await until(element, 'the utterance', () => element.utterances.length === 2);
    assert.strictEqual(line(1).textContent, 'word2 word3');
    assert.strictEqual(line(0).textContent, 'word0 word1');
    element.abort();
  });

  it('keeps the caret while words arrive, and adds them behind the edited ones', async () => {
    const { element, source, line, area, word } = await spoken();
    doubleClick(word('word3'));
    await sendKeys({ type: 'three' });
    const field = area();
    const box = element.shadowRoot?.querySelector('.transcript');
    const top = box?.scrollTop;
    source.play(...Array<'word'>(60).fill('word'), 'turn');
    await until(element, 'more words', () => element.utterances[2]?.isFinal === true);
    await sendKeys({ type: ' or four' });
    assert.strictEqual(area(), field);
    assert.strictEqual(field.selectionStart, field.value.length);
    assert.strictEqual(box?.scrollTop, top);
    assert.strictEqual(element.shadowRoot?.activeElement, field);
    await sendKeys({ press: 'Enter' });
    await until(element, 'the words', () => line(1).textContent === 'word2 three or four');
    source.play('word', 'turn');
    await until(element, 'a word', () => element.value.endsWith('word64'));
    assert.strictEqual(element.utterances[3]?.id, 4);
    source.play('word');
    await until(element, 'another word', () => element.value.endsWith('word65'));
    // The end of a word is that of the same word, although there are more words before it.
    assert.strictEqual(element.utterances[3]?.words[0]?.end, element.utterances[4]?.words[0]?.start);
    element.abort();
  });

  it('keeps the edit when the field loses the focus, and stays editable after the end', async () => {
    const { element, line, word } = await spoken();
    doubleClick(word('word1'));
    await sendKeys({ type: 'one' });
    element.focus();
    await until(element, 'the word', () => line(0).textContent === 'word0 one');
    await element.stop();
    doubleClick(word('one'));
    await sendKeys({ type: 'two' });
    await sendKeys({ press: 'Enter' });
    await until(element, 'another word', () => element.value.startsWith('word0 two\n'));
  });

  it('edits only what is final', async () => {
    const { element, source, isEditing, word } = await rig();
    source.play('word');
    await until(element, 'a word', () => element.value === 'word0');
    doubleClick(word('word0'));
    assert.isFalse(isEditing());
    element.abort();
  });

  it('offers a button, and is accessible, in French', async () => {
    const { element, line, isEditing, word } = await spoken('fr');
    word('word2').dispatchEvent(new PointerEvent('pointerover', { bubbles: true }));
    const button = element.shadowRoot?.querySelector<HTMLElement>('[part=edit]');
    assert.strictEqual(button?.title, 'Modifier');
    if (!button) return;
    await assertAccessible(element);
    button.click();
    assert.isTrue(isEditing());
    await assertAccessible(element);
    assert.isTrue(line(1).hidden);
    element.abort();
  });

  it('is off without the attribute', async () => {
    const { element, isEditing, word } = await spoken();
    element.editable = false;
    await element.updateComplete;
    doubleClick(word('word0'));
    word('word0').dispatchEvent(new PointerEvent('pointerover', { bubbles: true }));
    assert.isFalse(isEditing());
    assert.isNull(element.shadowRoot?.querySelector('[part=edit]') ?? null);
    element.abort();
  });
});
