import { assert } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import type { KyutaiSttElement } from '../../../src/index.js';
import { MOST_WORDS, Paragraphs } from '../../../src/element/words/paragraphs.js';
import { assertAccessible, HandSource, rig, until, type Rig } from './rig.js';
import { countMutations, prose, Said } from './said.js';

async function transcribed(frames: Parameters<HandSource['play']>): Promise<Rig & { source: HandSource }> {
  const made = await rig();
  made.element.mode = 'transcript';
  const source = new HandSource();
  await made.element.start(source);
  source.play(...frames);
  const words = frames.filter((frame) => frame === 'word').length;
  await until(made.element, 'the words', () => made.element.words.length === words);
  return { ...made, source };
}

const all = (element: KyutaiSttElement, part: string): HTMLElement[] => [
  ...(element.shadowRoot?.querySelectorAll<HTMLElement>(`[part~="${part}"]`) ?? []),
];
const texts = (elements: readonly Element[]): string[] => elements.map(({ textContent }) => textContent);

describe('the transcript', () => {
  it('has a paragraph for each turn, with its time', async () => {
    const { element } = await transcribed(['word', 'word', 'turn', ...Array<'nothing'>(20).fill('nothing'), 'word']);
    assert.deepEqual(texts(all(element, 'line')), ['word0 word1', 'word2']);
    const [first, second] = all(element, 'time') as HTMLTimeElement[];
    assert.strictEqual(first?.textContent, '0:00');
    assert.strictEqual(second?.textContent, '0:01');
    assert.strictEqual(second?.dateTime, 'PT1.84S');
    element.abort();
  });

  it('fires seek for a word chosen by pointer or keyboard', async () => {
    const { element, part } = await transcribed(['word', 'word', 'turn', 'word']);
    const sought: number[] = [];
    element.addEventListener('seek', ({ detail }) => sought.push(detail.time));
    all(element, 'word')[1]?.click();
    all(element, 'time')[1]?.click();
    part('transcript')?.focus();
    await sendKeys({ press: 'ArrowRight' });
    assert.strictEqual(element.shadowRoot?.activeElement?.textContent, 'word0');
    await sendKeys({ press: 'ArrowRight' });
    await sendKeys({ press: 'ArrowRight' });
    await sendKeys({ press: 'Enter' });
    await sendKeys({ press: 'ArrowLeft' });
    await sendKeys({ press: 'Space' });
    assert.deepEqual(sought, [0.08, 0.24, 0.24, 0.08]);
    assert.strictEqual(element.shadowRoot?.querySelectorAll('[part~=word][role]').length, 1);
    part('transcript')?.focus();
    assert.strictEqual(element.shadowRoot?.querySelectorAll('[part~=word][role]').length, 0);
    element.abort();
  });

  it('scrolls with new words unless the visitor has scrolled up, and scrolls back on a press', async () => {
    const { element, part, source } = await transcribed(
      Array<'word' | 'turn'>(40)
        .fill('word')
        .flatMap((word) => [word, 'turn']),
    );
    const box = part('transcript');
    if (!box) throw new Error('no transcript');
    const atEnd = (): boolean => box.scrollHeight - box.scrollTop - box.clientHeight < 2;
    assert.isTrue(atEnd());
    assert.isTrue(part('latest')?.hidden);
    box.scrollTop = 0;
    await until(element, 'the button', () => part('latest')?.hidden === false);
    source.play('word');
    await until(element, 'a word', () => element.words.length === 41);
    assert.strictEqual(box.scrollTop, 0);
    part('latest')?.click();
    await until(element, 'the end', () => atEnd() && part('latest')?.hidden === true);
    element.abort();
  });

  it('can be copied, downloaded and cleared', async () => {
    const { element, part } = await transcribed(['word', 'word']);
    const { clipboard } = navigator;
    const copied: string[] = [];
    const fake = { writeText: (text: string) => Promise.resolve(void copied.push(text)) };
    Object.defineProperty(navigator, 'clipboard', { value: fake, configurable: true });
    const saved: string[] = [];
    const click: unknown = Reflect.get(HTMLAnchorElement.prototype, 'click');
    Reflect.set(HTMLAnchorElement.prototype, 'click', function (this: HTMLAnchorElement) {
      saved.push(this.download);
    });
    try {
      part('copy')?.click();
      await until(element, 'the copy', () => part('copy')?.ariaLabel === 'Copied');
      assert.deepEqual(copied, ['word0 word1']);
      part('download')?.click();
      for (const item of all(element, 'menu-item')) item.click();
      assert.deepEqual(saved, ['transcript.txt', 'transcript.vtt', 'transcript.srt']);
      fake.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
      part('copy')?.click();
      await until(element, 'the refusal', () =>
        /blocked the clipboard/.test(element.shadowRoot?.querySelector('.copy-status')?.textContent ?? ''),
      );
      part('clear')?.click();
      await until(element, 'nothing', () => all(element, 'word').length === 0);
      assert.isTrue((part('copy') as HTMLButtonElement).disabled);
    } finally {
      Reflect.set(HTMLAnchorElement.prototype, 'click', click);
      Object.defineProperty(navigator, 'clipboard', { value: clipboard, configurable: true });
      element.abort();
    }
  });

  it('changes few nodes for each word after an hour of speech, and limits the words shown', () => {
    const box = document.createElement('div');
    const view = new Paragraphs(box, (seconds) => seconds);
    const said = new Said();
    for (let turn = 0; turn < 600; turn++) said.words(...prose(17)).final();
    view.show(said.transcript, 0);
    assert.strictEqual(box.querySelectorAll('[part=word]').length, 10_200);
    const changes = prose(60).map((word) => {
      const mutations = countMutations(box);
      const { length } = box.textContent;
      view.show(said.growing(word.slice(0, 1)).transcript, 0);
      view.show(said.words(word).transcript, 0);
      assert.isAbove(box.textContent.length, length);
      return mutations.stop();
    });
    assert.isAtMost(Math.max(...changes), 10);
    for (let turn = 0; turn < 600; turn++) view.show(said.words(...prose(17)).final().transcript, 0);
    assert.isAtMost(box.querySelectorAll('[part=word]').length, MOST_WORDS);
    assert.ok(box.textContent.endsWith(prose(17).join(' ')));
  }).timeout(60_000);

  it('is accessible with an open menu, with a focused word, and when scrolled up', async () => {
    const { element, part } = await transcribed(
      Array<'word' | 'turn'>(30)
        .fill('word')
        .flatMap((word) => [word, 'turn']),
    );
    part('transcript')?.focus();
    await sendKeys({ press: 'ArrowRight' });
    await assertAccessible(element);
    part('download')?.click();
    assert.isTrue(part('download-menu')?.matches(':popover-open'));
    await assertAccessible(element);
    const box = part('transcript');
    if (box) box.scrollTop = 0;
    await until(element, 'the button', () => part('latest')?.hidden === false);
    await assertAccessible(element);
    element.abort();
  });

  it('ends a long paragraph at the end of a sentence', () => {
    const box = document.createElement('div');
    const view = new Paragraphs(box, (seconds) => seconds);
    const said = new Said().words(...prose(90), 'stop.', ...prose(10));
    view.show(said.transcript, 0);
    assert.deepEqual(
      [...box.children].map((paragraph) => paragraph.querySelectorAll('[part=word]').length),
      [91, 10],
    );
  });
});

describe('captions with a screen reader', () => {
  it('announce each utterance once, when it is final', async () => {
    const { element, source } = await transcribed(['word', 'word', 'partial']);
    const log = element.shadowRoot?.querySelector('[role=log]');
    assert.strictEqual(log?.textContent, '');
    source.play('turn', 'word');
    await until(element, 'the announcement', () => log?.textContent === 'word0 word1');
    // The second announcement waits until the first can have been read.
    source.play('turn');
    await until(element, 'the end of the second', () => element.utterances.at(1)?.isFinal === true);
    assert.strictEqual(log?.textContent, 'word0 word1');
    element.abort();
  });

  it('keep the height of the element while lines come and go', async () => {
    const { element } = await rig();
    const height = element.offsetHeight;
    const source = new HandSource();
    await element.start(source);
    for (let turn = 1; turn < 6; turn++) {
      source.play('word', 'turn');
      await until(element, 'a word', () => element.words.length === turn);
      assert.strictEqual(element.offsetHeight, height);
    }
    await element.stop();
    element.clear();
    await element.updateComplete;
    assert.strictEqual(element.offsetHeight, height);
  });

  it('announce nothing with announce="off"', async () => {
    const { element } = await rig();
    const log = element.shadowRoot?.querySelector('[role=log]');
    assert.strictEqual(log?.ariaLive, 'polite');
    element.announce = 'off';
    await element.updateComplete;
    assert.strictEqual(log?.ariaLive, 'off');
  });

  it('are hidden from screen readers while they grow, so that nothing is read twice', async () => {
    const { element } = await rig();
    const source = new HandSource();
    await element.start(source);
    source.play('word', 'partial');
    await until(element, 'a word', () => element.words.length === 1);
    const lines = element.shadowRoot?.querySelector('.lines');
    assert.strictEqual(lines?.ariaHidden, 'true');
    assert.include(lines?.textContent, 'word0');
    assert.strictEqual(element.shadowRoot?.querySelectorAll('[aria-live], [role=log], [role=status]').length, 2);
    element.abort();
  });
});
