/** An element that was removed from the page is collected, with everything that it held. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CDPSession, Page } from 'playwright';
import type { KyutaiSttElement } from '../../src/index.js';
import { withSite } from './site.js';

/** What an element does before it is removed; evaluated in the page. `clip` is the address of a recording. */
const USES = {
  'did nothing': () => undefined,
  'has loaded a model': (element) => element.load(),
  'loads a model': (element) => void element.load().catch(() => undefined),
  'listens to the microphone': (element) => element.start(),
  'opens the microphone': (element) => void element.start().catch(() => undefined),
  'has listened to the microphone': (element) => element.start().then(() => element.stop()),
  'transcribes a recording': (element, clip) => element.start(clip),
  'has transcribed a recording': (element, clip) => {
    element.mode = 'transcript';
    return element.start(clip).then(() => element.stop());
  },
  'captions a media element': (element) => {
    element.htmlFor = 'talk';
    return element.start();
  },
  'dictates into a field': (element, clip) => {
    element.htmlFor = 'message';
    return element.start(clip);
  },
  'has failed': (element) => {
    element.addEventListener('error', (event) => event.stopPropagation());
    return element.start('no-such-recording.wav').catch(() => undefined);
  },
  'shows a menu': (element) => element.shadowRoot?.querySelector<HTMLElement>('[part~=settings]')?.click(),
} satisfies Record<string, (element: KyutaiSttElement, clip: string) => unknown>;

const ROUNDS = 3;

interface Counts {
  readonly elements: number;
  readonly ports: number;
  readonly contexts: number;
  readonly controllers: number;
  /** Of DOM objects, as DevTools counts them; includes those that scripts cannot see. */
  readonly listeners: number;
  readonly nodes: number;
}

/** What does not depend on the kind of worker is tested with one. */
const WITH_BOTH = ['has loaded a model', 'loads a model', 'listens to the microphone', 'has failed'];

for (const kind of ['shared', 'dedicated']) {
  describe(`an element with a ${kind} worker that`, () => {
    for (const [name, use] of Object.entries(USES)) {
      if (kind === 'dedicated' && !WITH_BOTH.includes(name)) continue;
      it(`${name} is collected after it was removed`, async () => {
        await withSite({}, async (site) => {
          const page = await site.open('pages/removal.html');
          const devtools = await site.context.newCDPSession(page);
          await devtools.send('Performance.enable');
          // The first round creates what the page keeps: workers, style sheets, templates.
          await useAndRemove(page, use, kind);
          await settled(devtools, ({ elements }) => elements === 0);
          const before = await count(devtools);
          for (let round = 0; round < ROUNDS; round++) await useAndRemove(page, use, kind);
          const left = await settled(devtools, (now) => excess(now, before).length === 0);
          assert.deepEqual(excess(left, before), []);
        });
      });
    }
  });
}

/** How many more are allowed after all rounds. Lit prepares a template the first time that it is shown. */
const ALLOWED = { elements: 0, listeners: ROUNDS - 1, nodes: 100, controllers: ROUNDS - 1, ports: 0, contexts: 0 };
/** Chromium collects a closed AudioContext that had a worklet, and the worklet's port, only when it opens others. */
const KEPT_BY_CHROMIUM = ROUNDS + 1;

function excess(now: Counts, before: Counts): string[] {
  return (Object.keys(ALLOWED) as (keyof Counts)[])
    .filter((key) => {
      const extra = key === 'ports' || key === 'contexts' ? before.contexts + now.contexts : 0;
      return now[key] > before[key] + ALLOWED[key] + (extra > 0 ? KEPT_BY_CHROMIUM : 0);
    })
    .map((key) => `${key}: ${now[key]} after, ${before[key]} before`);
}

async function useAndRemove(page: Page, use: (typeof USES)[keyof typeof USES], kind: string): Promise<void> {
  await page.evaluate(`(async () => {
    const element = document.createElement('kyutai-stt');
    element.model = 'demo';
    element.workerKind = ${JSON.stringify(kind)};
    document.body.append(element);
    await element.updateComplete;
    await (${use.toString()})(element, new URL('../clips/en_long_15s.wav', document.baseURI).href);
    element.remove();
  })()`);
}

/** The counts once they are as wanted; after 20 s as they are. */
async function settled(devtools: CDPSession, wanted: (counts: Counts) => boolean): Promise<Counts> {
  const end = performance.now() + 20_000;
  for (;;) {
    const counts = await count(devtools);
    if (wanted(counts) || performance.now() > end) return counts;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Collects garbage and counts what is left. */
async function count(devtools: CDPSession): Promise<Counts> {
  await devtools.send('HeapProfiler.collectGarbage');
  const counts = {
    elements: await instances(devtools, 'KyutaiSttElement'),
    ports: await instances(devtools, 'MessagePort'),
    contexts: await instances(devtools, 'AudioContext'),
    controllers: await instances(devtools, 'AbortController'),
  };
  const { metrics } = await devtools.send('Performance.getMetrics');
  const metric = (name: string): number => metrics.find((each) => each.name === name)?.value ?? NaN;
  return { ...counts, listeners: metric('JSEventListeners'), nodes: metric('Nodes') };
}

/** How many objects of a class exist. */
async function instances(devtools: CDPSession, type: string): Promise<number> {
  const objectGroup = 'instances';
  const { result } = await devtools.send('Runtime.evaluate', { expression: `${type}.prototype`, objectGroup });
  const { objects } = await devtools.send('Runtime.queryObjects', {
    prototypeObjectId: result.objectId ?? '',
    objectGroup,
  });
  const { result: length } = await devtools.send('Runtime.callFunctionOn', {
    objectId: objects.objectId ?? '',
    functionDeclaration: 'function () { return this.length; }',
    returnByValue: true,
  });
  await devtools.send('Runtime.releaseObjectGroup', { objectGroup });
  return length.value as number;
}
