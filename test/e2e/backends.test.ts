/** What an element does beyond listening, on each backend: the GPU's words are the CPU's, whatever the sound comes from and goes to. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Locator, Page } from 'playwright';
import type { KyutaiSttElement } from '../../src/index.js';
import type { RecoveryDetail } from '../../src/element/events.js';
import { LIVE_CLIP, wordsOf } from './clips.js';
import { button, heard, hears, inState, transcribe } from './element-page.js';
import { withSite, type Site } from './site.js';

type Backend = 'wasm' | 'webgpu';

interface Timed {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Gives the element a backend, and says which it ended on. */
const choose = (element: Locator, backend: Backend): Promise<void> =>
  element.evaluate((node, wanted) => {
    node.setAttribute('backend', wanted);
  }, backend);

async function assertRan(element: Locator, backend: Backend): Promise<void> {
  assert.equal(await element.evaluate((node) => (node as KyutaiSttElement).engine?.backend), backend);
}

const timed = (element: Locator): Promise<Timed[]> =>
  element.evaluate((node) => (node as KyutaiSttElement).words.map(({ text, start, end }) => ({ text, start, end })));

/** Seconds: near-ties of two tokens may fall by a frame to either side. */
const FRAME = 0.08;

/** The same words, at the same times but for a frame. */
function assertSame(gpu: readonly Timed[], cpu: readonly Timed[]): void {
  assert.equal(textOf(gpu), textOf(cpu));
  for (const [i, { text, start, end }] of cpu.entries()) {
    const other = gpu[i];
    const apart = Math.max(Math.abs(start - (other?.start ?? NaN)), Math.abs(end - (other?.end ?? NaN)));
    assert.ok(apart < FRAME + 0.001, `${text} at ${start} to ${end}, and at ${other?.start} to ${other?.end}`);
  }
}

const textOf = (words: readonly Timed[]): string => words.map(({ text }) => text).join(' ');

/** What `use` gives on the CPU, and then on the GPU. */
async function onBoth<T>(site: Site, use: (backend: Backend) => Promise<T>): Promise<[cpu: T, gpu: T]> {
  assert.equal(site.outside.length, 0);
  return [await use('wasm'), await use('webgpu')];
}

describe('on either backend', () => {
  it('a recording that is paused and resumed gives the words and times of one that is not', async () => {
    await withSite({}, async (site) => {
      const url = '../clips/en_human_seen.wav';
      const [cpu, gpu] = await onBoth(site, async (backend) => {
        const page = await site.open('pages/elements.html');
        const [straight, paused] = [page.locator('#first'), page.locator('#second')];
        await choose(straight, backend);
        await choose(paused, backend);
        await transcribe(straight, url);
        await paused.evaluate(async (node, clip) => {
          const stt = node as KyutaiSttElement;
          const ended = new Promise((resolve) => stt.addEventListener('end', resolve, { once: true }));
          const spoken = new Promise((resolve) => stt.addEventListener('transcript', resolve, { once: true }));
          await stt.start(await (await fetch(clip)).blob());
          await spoken;
          stt.pause();
          const { length } = stt.words;
          await new Promise((resolve) => setTimeout(resolve, 1500));
          stt.resume();
          await ended;
          if (stt.words.length === length) throw new Error('it was over before it was paused');
        }, url);
        await assertRan(paused, backend);
        assert.deepEqual(await timed(paused), await timed(straight));
        const words = await timed(paused);
        await page.close();
        return words;
      });
      assert.equal(textOf(cpu), wordsOf('en_human_seen'));
      assertSame(gpu, cpu);
    });
  });

  it('two elements hear a sound each, at once, from one model', async () => {
    await withSite({}, async (site) => {
      const clips = ['en_human_seen', 'fr_espeak_3'];
      const [cpu, gpu] = await onBoth(site, async (backend) => {
        const page = await site.open('pages/elements.html');
        const elements = await page.locator('kyutai-stt').all();
        await Promise.all(elements.map((element) => choose(element, backend)));
        await Promise.all(elements.map((element, i) => transcribe(element, `../clips/${clips[i] ?? ''}.wav`)));
        await Promise.all(elements.map((element) => assertRan(element, backend)));
        const words = await Promise.all(elements.map(timed));
        await page.close();
        return words;
      });
      assert.deepEqual(cpu.map(textOf), clips.map(wordsOf));
      for (const [i, words] of cpu.entries()) assertSame(gpu[i] ?? [], words);
    });
  });

  it('a field is dictated into from the microphone', async () => {
    await withSite({ microphone: LIVE_CLIP }, async (site) => {
      const [words, cpu] = [wordsOf(LIVE_CLIP), await dictate(site, 'wasm')];
      assert.equal(cpu, words.charAt(0).toUpperCase() + words.slice(1));
    });
    // The fake microphone plays its clip once in a browser's life.
    await withSite({ microphone: LIVE_CLIP }, async (site) => {
      const words = wordsOf(LIVE_CLIP);
      assert.equal(await dictate(site, 'webgpu'), words.charAt(0).toUpperCase() + words.slice(1));
    });
  });

  it('a video gets its captions, at their places', async () => {
    await withSite({}, async (site) => {
      const [cpu, gpu] = await onBoth(site, async (backend) => {
        const page = await site.open('demo/captions.html');
        const element = page.locator('#captions');
        await choose(element, backend);
        const film = page.locator('#film');
        await film.evaluate((node) => (node as HTMLVideoElement).play().catch(() => undefined));
        await begins(element, wordsOf('en_human_seen'));
        await assertRan(element, backend);
        const cues = await film.evaluate((node) =>
          Array.from((node as HTMLVideoElement).textTracks[0]?.cues ?? [], (cue) => ({
            text: (cue as VTTCue).text.replaceAll('\n', ' '),
            start: cue.startTime,
          })),
        );
        // What the next person in it says begins at 9 s.
        const found = cues.filter(({ start }) => start < 7);
        await page.close();
        return { text: found.map(({ text }) => text).join(' '), start: found[0]?.start ?? NaN };
      });
      assert.equal(cpu.text, wordsOf('en_human_seen'));
      assert.equal(gpu.text, cpu.text);
      // Live sound meets the codec's frames at another place each time it is played.
      assert.ok(Math.abs(gpu.start - cpu.start) <= 0.24, `first cues at ${cpu.start} and ${gpu.start}`);
    });
  });

  it('a model that loops is made to hear again, and goes on', async () => {
    await withSite({}, async (site) => {
      const [cpu, gpu] = await onBoth(site, async (backend) => {
        const page = await site.open('pages/hour.html');
        const element = page.locator('kyutai-stt');
        await choose(element, backend);
        const recoveries = await recovering(page);
        await assertRan(element, backend);
        const words = await timed(element);
        await page.close();
        return { words, recoveries };
      });
      assertSame(gpu.words, cpu.words);
      assert.deepEqual(new Set(cpu.words.map(({ text }) => text)), new Set(['five']));
      for (const { recoveries } of [cpu, gpu]) assert.deepEqual(reasons(recoveries), ['loop']);
      // A GPU answers up to four steps later than it is asked.
      assert.ok(Math.abs((gpu.recoveries[0]?.since ?? NaN) - (cpu.recoveries[0]?.since ?? NaN)) < 6 * FRAME);
    });
  });
});

/** Dictates the microphone's clip into the demo's input, and gives what stands there at the end. */
async function dictate(site: Site, backend: Backend): Promise<string> {
  const page = await site.open('demo/dictation.html');
  const element = page.locator('kyutai-stt[for=subject]');
  const field = page.locator('#subject');
  await choose(element, backend);
  await button(element).click();
  await hears(element, wordsOf(LIVE_CLIP));
  await assertRan(element, backend);
  await button(element).click();
  await inState(element, 'ready');
  assert.equal(await heard(element), wordsOf(LIVE_CLIP));
  const text = await field.inputValue();
  await page.close();
  return text;
}

/** Resolves once that is the first it has heard. */
async function begins(element: Locator, text: string): Promise<void> {
  const handle = await element.elementHandle();
  await element
    .page()
    .waitForFunction(([node, wanted]) => (node as KyutaiSttElement).transcript.startsWith(wanted), [
      handle,
      text,
    ] as const);
}

const reasons = (told: readonly RecoveryDetail[]): string[] => told.map(({ reason }) => reason);

/** Plays one word over and over, which the watchdog takes for a loop; resolves with what it told. */
function recovering(page: Page): Promise<readonly RecoveryDetail[]> {
  return page.evaluate(async () => {
    const told: RecoveryDetail[] = [];
    document.querySelector('kyutai-stt')?.addEventListener('recovery', ({ detail }) => told.push(detail));
    await hear(['../clips/en_human_004.wav'], 300);
    return told;
  });
}
