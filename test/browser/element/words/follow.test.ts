/** The scroll position of the transcript: follows the newest words unless the visitor has scrolled up. */
import { assert, fixture, html } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import { Follow } from '../../../../src/element/words/follow.js';
import { HandSource, rig, until, type Rig } from '../rig.js';

const LINE = 30; // px
const HEIGHT = 200; // px, of the box

/** A box that scrolls, to which the test adds lines. */
class Page {
  readonly box: HTMLElement;
  readonly follow: Follow;
  changes = 0;
  readonly #words: HTMLElement;

  constructor(box: HTMLElement) {
    this.box = box;
    this.#words = box.firstElementChild as HTMLElement;
    this.follow = new Follow(box, box.lastElementChild as HTMLElement, () => this.changes++);
    this.add(20);
  }

  get atEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.box;
    return scrollHeight - scrollTop - clientHeight < 2;
  }

  /** Adds lines, as a render does. */
  add(lines: number, height = LINE): this {
    for (let line = 0; line < lines; line++) {
      const element = document.createElement('div');
      element.style.height = `${height}px`;
      this.#words.append(element);
    }
    this.follow.keepUp();
    return this;
  }

  get lines(): HTMLElement[] {
    return [...this.#words.children] as HTMLElement[];
  }
}

/** Waits three frames, enough for layout, observers, the scroll they cause and its event. */
async function painted(): Promise<void> {
  for (let frame = 0; frame < 3; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
  await new Promise((resolve) => setTimeout(resolve));
}

describe('a box that follows its newest words', () => {
  let page: Page;
  const errors: string[] = [];
  const onError = (event: ErrorEvent): void => {
    errors.push(event.message);
    event.stopImmediatePropagation(); // asserted in `afterEach`, for the test that caused it
  };
  before(() => addEventListener('error', onError, true));
  after(() => removeEventListener('error', onError, true));

  beforeEach(async () => {
    errors.length = 0;
    const box = await fixture<HTMLElement>(
      html`<div style="height: ${HEIGHT}px; overflow-y: auto; font: 10px/1 monospace">
        <div></div>
        <div></div>
      </div>`,
    );
    page = new Page(box);
    await painted();
    assert.isTrue(page.atEnd);
  });
  afterEach(() => {
    page.follow.close();
    assert.deepEqual(errors, []);
  });

  it('does not scroll if words arrive between the visitor’s scroll and its event', async () => {
    page.box.scrollTop = 0;
    page.add(1);
    assert.strictEqual(page.box.scrollTop, 0);
    assert.isFalse(page.follow.follows);
    assert.strictEqual(page.changes, 1);
    await painted();
    page.add(3);
    assert.strictEqual(page.box.scrollTop, 0);
    assert.strictEqual(page.changes, 1);
  });

  it('stops following when the visitor scrolls up in small steps, with a render after each', () => {
    const { scrollTop } = page.box;
    for (let step = 0; step < 12; step++) {
      page.box.scrollTop -= 10;
      page.follow.keepUp();
    }
    assert.strictEqual(page.box.scrollTop, scrollTop - 120);
    assert.isFalse(page.follow.follows);
  });

  it('keeps following when the visitor has scrolled up only a little', async () => {
    page.box.scrollTop -= 10;
    await painted();
    page.add(1);
    assert.isTrue(page.atEnd);
    assert.strictEqual(page.changes, 0);
  });

  it('follows again once the visitor is back at the end, even while words arrive', async () => {
    page.box.scrollTop = 0;
    await painted();
    page.add(2);
    page.box.scrollTop = page.box.scrollHeight;
    page.add(5);
    assert.isTrue(page.atEnd);
    assert.isTrue(page.follow.follows);
  });

  it('stays at the end when the height of the box changes, without a resize loop error', async () => {
    for (const height of [HEIGHT / 2, HEIGHT * 2, HEIGHT]) {
      page.box.style.height = `${height}px`;
      await painted();
      assert.isTrue(page.atEnd, `${height}px`);
      page.add(3);
      await painted();
      assert.isTrue(page.atEnd, `${height}px, and words`);
    }
    assert.strictEqual(page.changes, 0);
  });

  it('keeps its position further up when the height of the box changes', async () => {
    page.box.scrollTop = 60;
    await painted();
    for (const height of [HEIGHT / 2, HEIGHT * 1.5, HEIGHT]) {
      page.box.style.height = `${height}px`;
      await painted();
      assert.strictEqual(page.box.scrollTop, 60);
    }
    assert.isFalse(page.follow.follows);
  });

  it('keeps following when its words shrink', async () => {
    for (const line of page.lines.slice(0, 15)) line.style.height = '20px';
    await painted();
    page.add(1, 100);
    assert.isTrue(page.atEnd);
    // The same, with words added in the same task.
    for (const line of page.lines.slice(0, 15)) line.style.height = '12px';
    page.add(1, 100);
    assert.isTrue(page.atEnd);
    await painted();
    assert.isTrue(page.atEnd);
    assert.strictEqual(page.changes, 0);
  });

  it('stays at the end when words shrink and grow again between two renders', () => {
    for (const line of page.lines.slice(0, 15)) line.style.height = '10px';
    assert.isAbove(page.box.scrollHeight, 0); // lays out: the browser moves the position
    for (const line of page.lines.slice(0, 15)) line.style.height = '25px';
    page.follow.keepUp();
    assert.isTrue(page.follow.follows);
    assert.isTrue(page.atEnd);
  });

  it('stops following when the visitor turns the wheel while words change their size', () => {
    page.box.dispatchEvent(new WheelEvent('wheel', { deltaY: -200 }));
    page.box.scrollTop -= 200;
    for (const line of page.lines.slice(0, 15)) line.style.height = '25px';
    page.follow.keepUp();
    assert.isFalse(page.follow.follows);
    assert.isFalse(page.atEnd);
  });

  it('stops following when a script scrolls far while words change their size', () => {
    page.add(30);
    page.box.scrollTop = 0;
    for (const line of page.lines.slice(0, 15)) line.style.height = '25px';
    page.follow.keepUp();
    assert.isFalse(page.follow.follows);
    assert.strictEqual(page.box.scrollTop, 0);
  });

  it('follows words that grow without a render, as when they come into view', async () => {
    for (const line of page.lines.slice(-3)) line.style.height = '100px';
    await painted();
    assert.isTrue(page.atEnd);
    assert.strictEqual(page.changes, 0);
  });

  it('keeps following, or not, when it is hidden for a while', async () => {
    for (const reads of [false, true]) {
      if (reads) page.box.scrollTop = 0;
      await painted();
      page.box.style.display = 'none';
      await painted();
      page.add(3);
      await painted();
      page.box.style.display = '';
      await painted();
      assert.strictEqual(page.atEnd, !reads);
      page.add(1);
      assert.strictEqual(page.follow.follows, !reads);
      assert.strictEqual(page.atEnd, !reads);
    }
  });

  it('does not interrupt a smooth scroll to the end, and lets the visitor scroll up after it', async () => {
    page.box.scrollTop = 0;
    await painted();
    assert.isFalse(page.follow.follows);
    page.follow.toLatest();
    while (!page.atEnd) {
      page.follow.keepUp();
      await painted();
    }
    assert.isTrue(page.follow.follows);
    page.box.scrollTop = 0;
    page.follow.keepUp();
    assert.isFalse(page.follow.follows);
  });
});

describe('the transcript of an element', () => {
  async function talked(): Promise<Rig & { source: HandSource; box: HTMLElement }> {
    const made = await rig();
    made.element.mode = 'transcript';
    const source = new HandSource();
    await made.element.start(source);
    source.play(...Array.from({ length: 80 }, (_, index) => (index % 2 === 0 ? 'word' : 'turn')));
    await until(made.element, 'the words', () => made.element.words.length === 40);
    const box = made.part('transcript');
    if (!box) throw new Error('no transcript');
    await painted();
    await until(made.element, 'the end', () => rest(box) < 2);
    return { ...made, source, box };
  }

  const rest = (box: HTMLElement): number => box.scrollHeight - box.scrollTop - box.clientHeight;

  for (const how of ['a script', 'the keyboard'] as const) {
    it(`does not scroll back if ${how} has scrolled up right before a render`, async () => {
      const { element, box, part, source } = await talked();
      assert.isBelow(rest(box), 2);
      if (how === 'a script') box.scrollTop = 0;
      else {
        box.focus();
        // Firefox drops a key now and then while another window takes the focus.
        while (box.scrollTop > 0) {
          await sendKeys({ press: 'Home' });
          await painted();
        }
      }
      element.requestUpdate();
      await element.updateComplete;
      assert.strictEqual(box.scrollTop, 0);
      await until(element, 'the button', () => part('latest')?.hidden === false);
      source.play('word', 'turn');
      await until(element, 'a word', () => element.words.length === 41);
      await painted();
      assert.strictEqual(box.scrollTop, 0);
      element.abort();
    });
  }

  it('stays at the end when the font size or the height of the box changes', async () => {
    const { element, box, part } = await talked();
    for (const [name, value] of [
      ['--kyutai-stt-caption-size', '0.7em'],
      ['--kyutai-stt-caption-size', '2em'],
      ['--kyutai-stt-max-height', '10em'],
      ['--kyutai-stt-max-height', '30em'],
    ] as const) {
      element.style.setProperty(name, value);
      await painted();
      await until(element, `the end at ${name}: ${value}`, () => rest(box) < 2);
    }
    assert.isTrue(part('latest')?.hidden);
    element.abort();
  });

  it('begins at the end when it replaces the captions, before its paragraphs are laid out', async () => {
    const { element, part } = await talked();
    element.mode = 'captions';
    await element.updateComplete;
    element.style.setProperty('--kyutai-stt-caption-size', '3em'); // much higher than estimated
    element.mode = 'transcript';
    await element.updateComplete;
    const box = part('transcript');
    assert.ok(box);
    for (let frames = 0; frames < 5; frames++) await painted();
    await until(element, 'the end', () => rest(box) < 2);
    assert.isTrue(part('latest')?.hidden);
    element.abort();
  });
});
