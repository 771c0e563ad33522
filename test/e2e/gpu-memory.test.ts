/** Allocations on a GPU: no growth over many windows and streams, and all memory is freed when the last element is removed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { Page } from 'playwright';
import type { KyutaiSttElement, StreamMetrics } from '../../src/index.js';
import { wordsOf } from './clips.js';
import { withSite } from './site.js';
import { watchWorkerHeap } from './worker-heap.js';

/** Clips whose words do not depend on the speech before them; see test/unit/engine/long-stream.test.ts. 193 frames. */
const CLIPS = ['fr_human_seen', 'en_espeak_0', 'en_human_seen'];
/** Steps in the demo model's attention window. */
const WINDOW = 128;
/** Frames of the long stream: each clip twice, and three windows. */
const LONG = 420;
/** Bytes: 2 kB for each of the 252 frames between the two measurements. */
const HEAP_TOLERANCE = 500_000;

interface Ledger {
  readonly devices: number;
  readonly buffers: number;
  readonly bytes: number;
  /** Number of calls so far that create something on a GPU, or destroy it. */
  readonly made: Readonly<Record<string, number>>;
}

declare global {
  function ledger(): Promise<Ledger>;
  function openAndClose(url: string, frames: number): Promise<void>;
}

const look = (page: Page): Promise<Ledger> => page.evaluate(() => ledger());

async function openAndCloseTimes(page: Page, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await page.evaluate(([url, frames]) => openAndClose(url, frames), ['../clips/en_human_004.wav', 4] as const);
  }
}

/** Resolves once nothing is allocated on the worker's GPU. */
async function released(page: Page): Promise<Ledger> {
  for (let tries = 0; tries < 100; tries++) {
    const books = await look(page);
    if (books.devices === 0) return books;
    await page.waitForTimeout(100);
  }
  throw new Error('a device is still allocated');
}

/** Resolves with the worker's GPU allocations, once a round of streams has allocated nothing new. */
async function settled(page: Page): Promise<Ledger> {
  let before = await look(page);
  for (let tries = 0; tries < 20; tries++) {
    await openAndCloseTimes(page, 1);
    const after = await look(page);
    if (isDeepStrictEqual(after, before)) return after;
    before = after;
  }
  throw new Error('every round allocates something');
}

describe('GPU memory', () => {
  it('does not grow over twenty streams, five at a time, and is freed when the last element goes', async () => {
    await withSite({}, async (site) => {
      const page = await site.open('pages/gpu-memory.html');
      // The first rounds allocate for five streams, and for steps of two, three and four of them. On a busy machine the
      // tuner may need more rounds.
      await openAndCloseTimes(page, 2);
      const before = await settled(page);
      assert.equal(before.devices, 1);
      assert.ok(before.bytes > 2e6, `the weights alone are more than ${before.bytes} bytes`);
      await openAndCloseTimes(page, 4);
      assert.deepEqual(await look(page), before);

      await page.evaluate(() => {
        for (const element of document.querySelectorAll('kyutai-stt')) element.remove();
      });
      const { buffers, bytes } = await released(page);
      assert.deepEqual([buffers, bytes], [0, 0]);
    });
  });

  it('does not grow over three windows of one stream, whose words are right to the end', async () => {
    await withSite({}, async (site) => {
      const page = await site.open('pages/gpu-memory.html');
      const urls = CLIPS.map((clip) => `../clips/${clip}.wav`);
      const transcribing = page.evaluate(([all, frames]) => transcribeLoop(all, frames), [urls, LONG] as const);
      const after = async (frames: number): Promise<Ledger> => {
        await page.waitForFunction((count) => globalThis.processed >= count, frames, { timeout: 300_000 });
        return look(page);
      };
      const early = await after(WINDOW + 20);
      const heapOf = await watchWorkerHeap(site);
      const heapEarly = await heapOf();
      const late = await after(LONG - 20);
      const heapLate = await heapOf();
      const { words, frames, metrics } = await transcribing;

      assert.deepEqual(late, early);
      const grown = heapLate - heapEarly;
      assert.ok(grown < HEAP_TOLERANCE, `the worker's heap grew by ${grown} bytes, from ${heapEarly}`);
      assertSteps(metrics);
      const round = frames.reduce((sum, n) => sum + n, 0);
      const inTime = words.filter(({ start }) => start * 12.5 < Math.floor(LONG / round) * round);
      const wanted = CLIPS.map(wordsOf).join(' ');
      assert.equal(
        inTime.map(({ text }) => text).join(' '),
        Array.from({ length: Math.floor(LONG / round) }, () => wanted).join(' '),
      );

      // After an unload, the next stream gets a new device and allocates no more on it.
      const element = page.locator('kyutai-stt').first();
      await element.evaluate((node) => {
        (node as KyutaiSttElement).unload();
      });
      await released(page);
      await page.evaluate(([all, count]) => transcribeLoop(all, count), [urls, 10] as const);
      const again = await look(page);
      assert.deepEqual([again.devices, again.buffers, again.bytes], [1, early.buffers, early.bytes]);
    });
  });
});

function assertSteps({ frames, memoryBytes, recoveries, gpu }: StreamMetrics): void {
  assert.deepEqual([frames, recoveries], [LONG, 0]);
  assert.ok(memoryBytes > 0);
  assert.ok(gpu && gpu.steps >= LONG, `${gpu?.steps} steps on the GPU`);
}
