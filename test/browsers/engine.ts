/** The engine in this browser: backends, workers and threads. The words are those of the official implementation. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tab } from '../../tools/browsers/tab.mjs';
import type { Outcome, Transcribing } from '../e2e/client-page.js';
import { wordsOf } from '../e2e/clips.js';
import { record, until, withSite, withTab } from './browser.js';

const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
const CLIP = 'en_human_004';

interface HeardElement {
  readonly text: string;
  readonly kind: string | undefined;
  readonly engineId: string | undefined;
  readonly loads: number | undefined;
}

declare global {
  var transcribeAll: (url: string) => Promise<HeardElement[]>;
}

async function transcribe(tab: Tab, options: Transcribing, clip = CLIP): Promise<Outcome> {
  await until(tab, () => 'transcribe' in globalThis, []);
  return tab.evaluate(
    (url: string, wanted: Transcribing) => globalThis.transcribe(url, wanted),
    `../clips/${clip}.wav`,
    options,
  );
}

describe('the engine', () => {
  it('transcribes on the CPU in a SharedWorker that all pages share', async () => {
    await withSite(async ({ url }) => {
      await withTab(`${url}pages/client.html`, async (tab) => {
        const first = await transcribe(tab, { backend: 'wasm' });
        assert.equal(first.text, wordsOf(CLIP), first.message);
        assert.equal(first.host.kind, 'shared', first.host.reason);
        const second = await transcribe(tab, { backend: 'wasm' }, 'fr_espeak_3');
        assert.equal(second.text, wordsOf('fr_espeak_3'), second.message);
        assert.equal(second.info.engineId, first.info.engineId);
        record('cpu', first.info.build === 'relaxed' ? 'yes, relaxed SIMD' : 'yes, SIMD');
        record('sharedWorker', 'yes');
      });
    });
  });

  it('runs on the GPU where the browser has WebGPU, and else reports that it is unsupported', async () => {
    await withSite(async ({ url }) => {
      await withTab(`${url}pages/client.html`, async (tab) => {
        const hasGpu = await tab.evaluate(
          async () => 'gpu' in navigator && (await navigator.gpu.requestAdapter()) !== null,
        );
        const outcome = await transcribe(tab, { backend: 'webgpu' });
        if (hasGpu) {
          assert.equal(outcome.text, wordsOf(CLIP), outcome.message);
          assert.equal(outcome.info.backend, 'webgpu');
          record('gpu', 'yes, on a software GPU');
        } else {
          assert.equal(outcome.code, 'unsupported', outcome.message);
          record('gpu', 'no WebGPU in this build: CPU');
        }
        // With a software GPU, `auto` stays on the CPU.
        const automatic = await transcribe(tab, {});
        assert.equal(automatic.text, wordsOf(CLIP), automatic.message);
        assert.equal(automatic.info.backend, 'wasm');
        assert.ok(automatic.info.fallback, 'says why it is the CPU');
      });
    });
  });

  it('runs several threads where the page is isolated and memory can be shared', async () => {
    await withSite(async ({ url }) => {
      await withTab(`${url}pages/client.html`, async (tab) => {
        const canShare = await tab.evaluate(() => crossOriginIsolated && typeof SharedArrayBuffer === 'function');
        const { text, info, host, message } = await transcribe(tab, { backend: 'wasm', worker: 'dedicated' });
        assert.equal(text, wordsOf(CLIP), message);
        assert.equal(host.kind, 'dedicated');
        if (canShare) assert.ok(info.threads >= 2, `${info.threads} threads: ${info.fewerThreads}`);
        else assert.equal(info.threads, 1);
        record('threads', canShare ? 'yes' : 'one thread: no `SharedArrayBuffer`');
      });
    }, ISOLATED);
  });

  // Chrome on Android had no SharedWorker for years, nor did Safari before 16.
  it('loads one model for all elements of a page where there is no SharedWorker', async () => {
    await withSite(async ({ url, served }) => {
      await withTab(`${url}browsers/no-shared-worker.html`, async (tab) => {
        await until(tab, () => 'transcribeAll' in globalThis, []);
        const clip = `../clips/${CLIP}.wav`;
        const elements: HeardElement[] = await tab.evaluate(
          (recording: string) => globalThis.transcribeAll(recording),
          clip,
        );
        assert.equal(elements.length, 3);
        for (const { text, kind, loads } of elements) {
          assert.equal(text, wordsOf(CLIP));
          assert.deepEqual([kind, loads], ['dedicated', 1]);
        }
        assert.equal(new Set(elements.map(({ engineId }) => engineId)).size, 1);
        assert.equal(served.filter((path) => path.endsWith('/dedicated.worker.js')).length, 1);
      });
    });
  });
});
