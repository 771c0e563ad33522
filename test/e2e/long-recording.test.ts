/** Twenty minutes of speech in one stream: the words stay right, and nothing grows but the transcript. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StreamMetrics } from '../../src/index.js';
import { wordsOf } from './clips.js';
import { withSite } from './site.js';

/** Clips whose words do not depend on the speech before them; see test/unit/engine/long-stream.test.ts. */
const CLIPS = [
  'en_espeak_0',
  'en_espeak_1',
  'en_human_004',
  'en_human_seen',
  'fr_espeak_0',
  'fr_espeak_3',
  'fr_human_seen',
  'silence_3s',
];
const FRAMES_PER_SECOND = 12.5;
const SECONDS = 1200;
/** The demo model's window of 128 steps wraps 117 times. */
const FRAMES = SECONDS * FRAMES_PER_SECOND;
/** Bytes. V8's compiled code and caches vary by this much; keeping every frame would take 100 MB. */
const HEAP_TOLERANCE = 4e6;

interface LoopResult {
  readonly words: readonly { readonly text: string; readonly start: number }[];
  /** Length of each clip. */
  readonly frames: readonly number[];
  readonly metrics: StreamMetrics;
}

declare global {
  function transcribeLoop(urls: readonly string[], frames: number): Promise<LoopResult>;
  var processed: number;
}

describe('twenty minutes in one stream', () => {
  it('gives the words of every clip in every round, without growth of heap, DOM or WASM memory', async () => {
    await withSite({}, async (site) => {
      const page = await site.open('pages/long-recording.html');
      const devtools = await site.context.newCDPSession(page);
      const look = async (): Promise<{ heap: number; nodes: number }> => {
        await devtools.send('HeapProfiler.collectGarbage');
        const { usedSize } = await devtools.send('Runtime.getHeapUsage');
        const { nodes } = await devtools.send('Memory.getDOMCounters');
        return { heap: usedSize, nodes };
      };
      const urls = CLIPS.map((clip) => `../clips/${clip}.wav`);
      const short = await page.evaluate(([all, frames]) => transcribeLoop(all, frames), [urls, 1000] as const);

      const long = page.evaluate(([all, frames]) => transcribeLoop(all, frames), [urls, FRAMES] as const);
      const seen: { heap: number; nodes: number }[] = [];
      for (const part of [0.1, 0.3, 0.5, 0.7, 0.9]) {
        await page.waitForFunction((frames) => processed >= frames, part * FRAMES, { timeout: 600_000 });
        seen.push(await look());
      }
      const { words, frames, metrics } = await long;

      assert.equal(metrics.audioSeconds, SECONDS);
      assert.equal(metrics.recoveries, 0);
      assert.equal(metrics.memoryBytes, short.metrics.memoryBytes);
      // The transcript grows by some 200 bytes a word.
      const [early, late] = [seen[0], seen.at(-1)];
      assert.ok(early && late);
      const grown = late.heap - early.heap - 400 * words.length;
      assert.ok(grown < HEAP_TOLERANCE, `the heap grew by ${grown} bytes: ${seen.map(({ heap }) => heap).join()}`);
      assert.ok(late.nodes - early.nodes < 200, `DOM nodes: ${seen.map(({ nodes }) => nodes).join()}`);

      const round = frames.reduce((sum, n) => sum + n, 0);
      const rounds = Math.floor(FRAMES / round);
      assert.ok(rounds >= 34);
      for (let i = 0; i < rounds; i++) {
        let from = i * round;
        for (const [c, clip] of CLIPS.entries()) {
          const to = from + (frames[c] ?? 0);
          const inside = words.filter(({ start }) => {
            const frame = start * FRAMES_PER_SECOND;
            return frame >= from && frame < to;
          });
          assert.equal(inside.map(({ text }) => text).join(' '), wordsOf(clip), `${clip} in round ${i}`);
          from = to;
        }
      }
    });
  });
});
