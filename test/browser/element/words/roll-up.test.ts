import { assert, fixture, html } from '@open-wc/testing';
import { MOST_LINES, RollUp } from '../../../../src/element/words/roll-up.js';
import { countMutations, prose, Said } from '../said.js';

describe('captions that roll up', () => {
  let view: RollUp | undefined;
  afterEach(() => view?.close());

  async function rolling(width = '300px'): Promise<{ lines: HTMLElement; view: RollUp }> {
    const box = await fixture<HTMLElement>(
      html`<div style="width: ${width}; height: 100px; font: 16px monospace">
        <style>
          p {
            margin: 0;
            width: max-content;
            white-space: nowrap;
          }
          .long {
            width: auto;
            white-space: normal;
            overflow-wrap: anywhere;
          }
        </style>
        <div></div>
      </div>`,
    );
    const lines = box.querySelector('div') ?? box;
    view = new RollUp(lines);
    return { lines, view };
  }

  const texts = (lines: Element): readonly string[] => [...lines.children].map((line) => line.textContent);
  const lineOf = (word: Element): Element | null => word.parentElement;

  it('begins a line when a word does not fit, and moves no word that is shown', async () => {
    const { lines, view } = await rolling();
    const said = new Said();
    const seen = new Map<Element, Element | null>();
    for (const word of prose(60)) {
      view.show(said.words(word).transcript, 0);
      for (const span of lines.querySelectorAll('span')) {
        const line = seen.get(span) ?? lineOf(span);
        assert.strictEqual(lineOf(span), line, span.textContent);
        seen.set(span, line);
      }
      for (const line of lines.children) assert.isAtMost(line.getBoundingClientRect().width, 300.5);
    }
    assert.strictEqual(lines.childElementCount, MOST_LINES);
    assert.ok(said.transcript.utterances[0]?.text.endsWith(texts(lines).join(' ')), texts(lines).join(' | '));
  });

  it('keeps the place of an unfinished word when it is complete', async () => {
    const { lines, view } = await rolling();
    const said = new Said().words('one', 'two');
    view.show(said.growing('th').transcript, 0);
    const span = lines.querySelector('[part=interim]');
    assert.strictEqual(span?.textContent, 'th');
    view.show(said.growing('thre').transcript, 0);
    view.show(said.words('three').transcript, 0);
    assert.strictEqual(span?.getAttribute('part'), 'word');
    assert.deepEqual(texts(lines), ['one two three']);
  });

  it('reserves room for an unfinished word to grow', async () => {
    const { lines, view } = await rolling('100px'); // ten letters
    const said = new Said().words('sevenly');
    view.show(said.growing('a').transcript, 0);
    assert.deepEqual(texts(lines), ['sevenly', 'a']);
    view.show(said.words('able').transcript, 0);
    assert.deepEqual(texts(lines), ['sevenly', 'able']);
  });

  it('removes an unfinished word that did not become a word', async () => {
    const { lines, view } = await rolling();
    const said = new Said().words('one').final();
    view.show(said.growing('tw').transcript, 0);
    assert.deepEqual(texts(lines), ['one', 'tw']);
    view.show({ ...said.transcript, interim: undefined }, 0);
    assert.deepEqual(texts(lines), ['one']);
  });

  it('begins a line with each utterance', async () => {
    const { lines, view } = await rolling();
    view.show(new Said().words('one', 'two').final().words('three').transcript, 0);
    assert.deepEqual(texts(lines), ['one two', 'three']);
  });

  it('breaks a word that is longer than a line, and begins a line after it', async () => {
    const { lines, view } = await rolling('100px');
    view.show(new Said().words('antidisestablishmentarianism', 'is').transcript, 0);
    assert.deepEqual(texts(lines), ['antidisestablishmentarianism', 'is']);
    assert.isAtMost(lines.scrollWidth, 100);
  });

  it('breaks its lines again when its width changes, and when it is shown again', async () => {
    const { lines, view } = await rolling();
    const said = new Said().words(...prose(40));
    view.show(said.transcript, 0);
    const before = texts(lines);
    const box = lines.parentElement;
    if (!box) throw new Error('no box');
    const painted = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    box.style.width = '500px';
    await painted();
    await painted();
    assert.isAbove(texts(lines).at(-2)?.length ?? 0, before.at(-2)?.length ?? 0);
    box.style.display = 'none';
    await painted();
    view.show(said.words('hidden').transcript, 0);
    box.style.display = 'block';
    await painted();
    await painted();
    assert.ok(texts(lines).join(' ').endsWith('hidden'));
  });

  it('changes few nodes for each word, even after thousands of words', async () => {
    const { lines, view } = await rolling();
    const said = new Said().words(...prose(3_000));
    view.show(said.transcript, 0);
    const changes = prose(100).map((word) => {
      const mutations = countMutations(lines);
      view.show(said.growing(word.slice(0, 1)).transcript, 0);
      view.show(said.words(word).transcript, 0);
      return mutations.stop();
    });
    assert.isAtMost(Math.max(...changes), 16);
    assert.isAtMost(lines.querySelectorAll('*').length, 200);
  });

  it('removes its lines when another stream begins, and after a clear', async () => {
    const { lines, view } = await rolling();
    const said = new Said().words('one', 'two');
    view.show(said.transcript, 0);
    view.show(new Said().words('uno').transcript, 0);
    assert.deepEqual(texts(lines), ['uno']);
    view.show(said.clear().words('three').transcript, 0);
    assert.deepEqual(texts(lines), ['three']);
  });

  it('animates new lines, except with prefers-reduced-motion', async () => {
    const { lines, view } = await rolling();
    const said = new Said().words('one').final();
    view.show(said.transcript, 0);
    assert.strictEqual(lines.getAnimations().length, 0);
    view.show(said.words('two').transcript, 0);
    assert.strictEqual(lines.getAnimations().length, 1);
    const real = globalThis.matchMedia;
    globalThis.matchMedia = (query) => ({ matches: query.includes('reduce') }) as MediaQueryList;
    try {
      for (const animation of lines.getAnimations()) animation.cancel();
      view.show(said.final().words('three').transcript, 0);
      assert.strictEqual(lines.getAnimations().length, 0);
    } finally {
      globalThis.matchMedia = real;
    }
  });

  it('gives each word its confidence, and marks those below the threshold', async () => {
    const { lines, view } = await rolling();
    const said = new Said()
      .word({ text: 'sure', start: 0, end: 1, confidence: 0.9 })
      .word({ text: 'maybe', start: 1, end: 2, confidence: 0.4 });
    view.show(said.transcript, 0.5);
    const [sure, maybe] = lines.querySelectorAll('span');
    assert.strictEqual(sure?.style.getPropertyValue('--confidence'), '0.90');
    assert.strictEqual(sure?.getAttribute('part'), 'word');
    assert.strictEqual(maybe?.getAttribute('part'), 'word low-confidence');
    view.show(said.transcript, 0.3);
    assert.strictEqual(maybe?.getAttribute('part'), 'word');
  });

  it('breaks its lines again once a font has loaded, even if `loadingdone` never fires', async () => {
    const { lines, view } = await rolling();
    const said = new Said();
    let resolve = (): void => undefined;
    const ready = new Promise<void>((done) => (resolve = done));
    Object.defineProperties(document.fonts, {
      status: { value: 'loading', configurable: true },
      ready: { value: ready, configurable: true },
    });
    try {
      for (const word of prose(20)) view.show(said.words(word).transcript, 0);
      const before = texts(lines);
      lines.style.letterSpacing = '4px'; // like another font: wider, at the same size
      resolve();
      await ready;
      assert.notDeepEqual(texts(lines), before);
      for (const line of lines.children) assert.isAtMost(line.getBoundingClientRect().width, 300);
    } finally {
      Reflect.deleteProperty(document.fonts, 'status');
      Reflect.deleteProperty(document.fonts, 'ready');
    }
  });
});
