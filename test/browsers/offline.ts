/** Cached models, and a page that works offline. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KyutaiSttElement } from '../../src/index.js';
import { LIVE_CLIP, wordsOf } from '../e2e/clips.js';
import type { Tab } from '../../tools/browsers/tab.mjs';
import { record, until, withLiveSound, withSite, withTab } from './browser.js';
import { clickButton, untilHeard } from './visitor.js';

const MODEL = 'dist/models/demo-en_fr-q4_0.gguf';

interface Visit {
  readonly text: string;
  readonly isKept: boolean;
}

/** Transcribes a clip with a model by URL, and reports whether the model is cached. */
async function visit(url: string): Promise<Visit> {
  let outcome: Visit | undefined;
  await withTab(`${url}pages/elements.html`, async (tab) => {
    outcome = await transcribeIn(tab, url);
    // No other tab keeps the SharedWorker alive, so the next visit loads the model again.
  });
  assert.ok(outcome);
  return outcome;
}

function transcribeIn(tab: Tab, url: string): Promise<Visit> {
  return tab.evaluate(
    async (model: string, clip: string) => {
      await customElements.whenDefined('kyutai-stt');
      const element = document.querySelector<KyutaiSttElement>('#first');
      if (!element) throw new Error('no element');
      element.model = model;
      const ended = new Promise((resolve, reject) => {
        element.addEventListener('end', resolve, { once: true });
        element.addEventListener('error', ({ detail }) => reject(new Error(detail.message)), { once: true });
      });
      await element.start(new URL(clip, document.baseURI));
      await ended;
      return { text: element.words.map((word) => word.text).join(' '), isKept: element.engine?.notKept === undefined };
    },
    `${url}${MODEL}`,
    `../clips/${LIVE_CLIP}.wav`,
  );
}

describe('a model by its URL', () => {
  it('is downloaded at the first visit and read from the cache at the next ones', async () => {
    await withSite(async ({ url, served }) => {
      const requests = (): number => served.filter((path) => path.endsWith('.gguf')).length;
      const first = await visit(url);
      assert.equal(first.text, wordsOf(LIVE_CLIP));
      const downloaded = requests();
      assert.ok(downloaded > 0);
      for (let again = 0; again < 2; again++) {
        const { text } = await visit(url);
        assert.equal(text, wordsOf(LIVE_CLIP), 'the model still loads');
      }
      if (first.isKept) assert.equal(requests(), downloaded, 'nothing is downloaded twice');
      record('kept', first.isKept ? 'yes' : 'downloaded at each visit');
    });
  });

  // After that, WebKit in a private session ignores caches with names that existed before.
  it('loads again after the last window of its origin was closed', async () => {
    await withSite(async ({ url }) => {
      await withTab(`${url}pages/elements.html`, async (tab) => {
        for (let visits = 1; visits <= 3; visits++) {
          assert.equal((await transcribeIn(tab, url)).text, wordsOf(LIVE_CLIP), `visit ${visits}`);
          await tab.reopen();
          await tab.goto(`${url}pages/elements.html`);
        }
      });
    });
  });
});

describe('a page kept by a service worker', () => {
  it('transcribes the microphone after the server is gone', async () => {
    await withSite(async (site) => {
      const page = `${site.url}demo/offline.html`;
      let status = '';
      await withTab(page, async (tab) => {
        status = await until(tab, () => {
          const { textContent = '' } = document.getElementById('kept') ?? {};
          return textContent !== '' && textContent !== 'Storing this page…' && textContent;
        }, []);
      });
      const isKept = status.startsWith('This page is stored');
      if (isKept) {
        await site.stop();
        await withLiveSound(() =>
          withTab(page, async (tab) => {
            await clickButton(tab, 'kyutai-stt');
            await untilHeard(tab, 'kyutai-stt', wordsOf(LIVE_CLIP));
          }),
        );
      }
      record('offline', isKept ? 'yes' : 'no service workers in this session');
    });
  });
});
