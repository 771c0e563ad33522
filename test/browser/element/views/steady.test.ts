/** The element keeps its size and its buttons keep their places in every state, in a narrow column, too. */
import { assert, fixture, html } from '@open-wc/testing';
import type { KyutaiSttElement } from '../../../../src/index.js';
import { FAKE_WORKER, HandSource, modelUrl, until } from '../rig.js';

/** Column widths of windows of 320, 390 and 1280 px. */
const WIDTHS = [296, 366, 900];
const STATES = ['idle', 'loading', 'listening', 'paused', 'finishing', 'ready'];
const SLOW = 'ms=40&rate=2000000&seconds=4000';

describe('<kyutai-stt> in all states', () => {
  for (const mode of ['captions', 'transcript', 'button'] as const) {
    for (const lang of ['en', 'fr']) {
      for (const width of WIDTHS) {
        // Without words a narrow button has no text beside it, as in a form.
        if (mode === 'button' && width < 366) continue;
        it(`keeps its size: ${mode}, ${lang}, ${width} px`, () => staysPut({ mode, lang, width }));
      }
    }
  }

  for (const lang of ['en', 'fr']) {
    it(`does not cut a choice of the settings: ${lang}`, async () => {
      const element = await fixture<KyutaiSttElement>(html`<kyutai-stt model="demo" lang=${lang}></kyutai-stt>`);
      element.shadowRoot?.querySelector<HTMLElement>('[part~=settings]')?.click();
      for (const select of element.shadowRoot?.querySelectorAll('select') ?? []) {
        const shown = select.offsetWidth;
        select.style.cssText = 'inline-size: max-content; min-inline-size: 0; max-inline-size: none';
        assert.isAtMost(select.offsetWidth, shown, select.name);
        select.style.cssText = '';
      }
      const menu = element.shadowRoot?.querySelector<HTMLElement>('[part~=settings-menu]');
      assert.strictEqual(menu?.scrollWidth, menu?.clientWidth);
    });
  }

  it('keeps the direction of its texts on a page of the other direction', async () => {
    const page = await fixture(
      html`<div dir="rtl">
        <kyutai-stt lang="en" model=${modelUrl('fail=network')} worker-src=${FAKE_WORKER}></kyutai-stt>
        <kyutai-stt model="demo" .strings=${{ invitation: 'اضغط' }}></kyutai-stt>
      </div>`,
    );
    const [element, own] = page.querySelectorAll('kyutai-stt');
    const directionOf = (of: KyutaiSttElement | undefined, selector: string): string => {
      const found = of?.shadowRoot?.querySelector(selector);
      return found ? getComputedStyle(found).direction : `no ${selector}`;
    };
    await element?.updateComplete;
    for (const selector of ['.invitation > span', '[part=status]', '[part=label]', '[part~=settings-menu]'])
      assert.strictEqual(directionOf(element, selector), 'ltr', selector);
    assert.strictEqual(directionOf(element, '[part=toolbar]'), 'rtl');
    assert.strictEqual(directionOf(own, '.invitation > span'), 'rtl');
    element!.strings = {};
    await element!.load().catch(() => undefined);
    await until(element!, 'the failure', () => element!.state === 'failed');
    assert.strictEqual(directionOf(element, '[part=error]'), 'ltr');
  });
});

interface Layout {
  readonly mode: KyutaiSttElement['mode'];
  readonly lang: string;
  readonly width: number;
}

async function staysPut({ mode, lang, width }: Layout): Promise<void> {
  const column = await fixture<HTMLElement>(
    html`<div style="inline-size: ${width}px; font: 16px sans-serif">
      <kyutai-stt
        mode=${mode}
        lang=${lang}
        model=${modelUrl(SLOW)}
        worker-src=${FAKE_WORKER}
        worker-kind="dedicated"
      ></kyutai-stt>
      <p>the next row</p>
    </div>`,
  );
  const element = column.querySelector('kyutai-stt')!;
  const within = (selector: string): DOMRect | undefined =>
    element.shadowRoot?.querySelector(selector)?.getBoundingClientRect();
  const places = new Map<string, Set<string>>();
  const overflows: string[] = [];
  const record = (): void => {
    const main = within('[part=button]')!;
    const settings = within('[part~=settings]');
    const place = JSON.stringify({
      next: column.querySelector('p')!.getBoundingClientRect().top - column.getBoundingClientRect().top,
      button: [main.left, main.top],
      settings: settings && [settings.left, settings.top],
    });
    const states = places.get(place) ?? new Set();
    places.set(place, states.add(element.state));
    if (element.scrollWidth > width) overflows.push(`${element.state}: ${element.scrollWidth} px`);
  };
  const recorded: Promise<void>[] = [];
  const recordSoon = (): void => void recorded.push(element.updateComplete.then(record));
  for (const type of ['statechange', 'progress', 'transcript', 'stall'] as const)
    element.addEventListener(type, recordSoon);
  await element.updateComplete;
  record();
  const source = new HandSource();
  await element.start(source);
  source.play('nothing', 'backlog');
  await until(element, 'the backlog', () => /\(3/.test(element.shadowRoot?.textContent ?? ''));
  record();
  element.pause();
  await element.updateComplete;
  record();
  element.resume();
  await element.stop();
  await element.updateComplete;
  record();
  await Promise.all(recorded);
  assert.deepEqual(overflows, []);
  const seen = [...places].map(([place, states]) => `${place}: ${[...states].join(', ')}`);
  assert.strictEqual(places.size, 1, seen.join('\n'));
  assert.sameMembers([...[...places.values()][0]!], STATES);
}
