/** Features of the element on each backend: pausing, two streams, dictation, captions and recovery. The GPU gives the CPU's words. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Locator, Page } from 'playwright';
import type { KyutaiSttElement, StreamMetrics } from '../../src/index.js';
import type { RecoveryDetail } from '../../src/element/events.js';
import { LIVE_CLIP, wordsOf } from './clips.js';
import { button, transcriptOf, untilTranscript, inState, transcribe } from './element-page.js';
import { openSite, type Site } from './site.js';

type Backend = 'wasm' | 'webgpu';

interface Timed {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Sets the element's backend. */
const choose = (element: Locator, backend: Backend): Promise<void> =>
  element.evaluate((node, wanted) => {
    node.setAttribute('backend', wanted);
  }, backend);

async function assertRan(element: Locator, backend: Backend): Promise<void> {
  assert.equal(await element.evaluate((node) => (node as KyutaiSttElement).engine?.backend), backend);
}

const timed = (element: Locator): Promise<Timed[]> =>
  element.evaluate((node) => (node as KyutaiSttElement).words.map(({ text, start, end }) => ({ text, start, end })));

/** Chromium itself requests this host for the fields of a form. */
const AUTOFILL = 'content-autofill.googleapis.com:443';
/** Seconds. Where two tokens are almost equal, the backends may differ by a frame. */
const FRAME = 0.08;

/** The same words, with times that differ by at most a frame. */
function assertSame(gpu: readonly Timed[], cpu: readonly Timed[]): void {
  assert.equal(textOf(gpu), textOf(cpu));
  for (const [i, { text, start, end }] of cpu.entries()) {
    const other = gpu[i];
    const apart = Math.max(Math.abs(start - (other?.start ?? NaN)), Math.abs(end - (other?.end ?? NaN)));
    assert.ok(apart < FRAME + 0.001, `${text} at ${start} to ${end}, and at ${other?.start} to ${other?.end}`);
  }
}

const textOf = (words: readonly Timed[]): string => words.map(({ text }) => text).join(' ');

/** Results of `use` on the CPU, then on the GPU. */
async function onBoth<T>(use: (backend: Backend) => Promise<T>): Promise<[cpu: T, gpu: T]> {
  return [await use('wasm'), await use('webgpu')];
}

/** Transcribes a minute of clips without gaps, in a page with one element. */
async function transcribeMinute(page: Page): Promise<StreamMetrics | undefined> {
  return page.evaluate(async () => {
    const urls = ['en_espeak_1', 'fr_espeak_3', 'en_human_seen', 'fr_human_seen'].map((clip) => `../clips/${clip}.wav`);
    const { metrics } = await transcribeLoop(urls, 750);
    return metrics;
  });
}

describe('on either backend', () => {
  let site: Site;
  before(async () => {
    site = await openSite({ microphone: LIVE_CLIP });
    // This page stays open, and with it the SharedWorker: each test finds both engines loaded and their kernels compiled.
    const elements = await (await site.open('pages/elements.html')).locator('kyutai-stt').all();
    assert.equal(elements.length, 2);
    for (const [i, backend] of (['wasm', 'webgpu'] as const).entries()) {
      const element = elements[i]!;
      await choose(element, backend);
      await element.evaluate((node) => (node as KyutaiSttElement).load());
    }
  });
  after(async () => {
    const outside = site.outside.filter((host) => host !== AUTOFILL);
    await site.close();
    assert.deepEqual(outside, []);
  });

  it('transcribes a recording that is paused and resumed as it does without a pause', async () => {
    const url = '../clips/en_human_seen.wav';
    const [cpu, gpu] = await onBoth(async (backend) => {
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
        if (stt.words.length === length) throw new Error('the recording ended before the pause');
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

  it('two elements transcribe a recording each, at once, with one model', async () => {
    const clips = ['en_human_seen', 'fr_espeak_3'];
    const [cpu, gpu] = await onBoth(async (backend) => {
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

  it('speech from the microphone is typed into a field', async () => {
    const words = wordsOf(LIVE_CLIP);
    const [cpu, gpu] = await onBoth((backend) => dictate(site, backend));
    assert.equal(cpu, words.charAt(0).toUpperCase() + words.slice(1));
    assert.equal(gpu, cpu);
  });

  it('a video is captioned, with the right times', async () => {
    const [cpu, gpu] = await onBoth(async (backend) => {
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
      // The next sentence begins at 9 s.
      const found = cues.filter(({ start }) => start < 7);
      await page.close();
      return { text: found.map(({ text }) => text).join(' '), start: found[0]?.start ?? NaN };
    });
    assert.equal(cpu.text, wordsOf('en_human_seen'));
    assert.equal(gpu.text, cpu.text);
    // Live audio has another offset to the codec's frames each time it is played.
    assert.ok(Math.abs(gpu.start - cpu.start) <= 0.24, `first cues at ${cpu.start} and ${gpu.start}`);
  });

  it('a model that repeats itself is restarted, and continues', async () => {
    const [cpu, gpu] = await onBoth(async (backend) => {
      const page = await site.open('pages/long-recording.html');
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
    // A GPU returns results up to four steps late.
    assert.ok(Math.abs((gpu.recoveries[0]?.since ?? NaN) - (cpu.recoveries[0]?.since ?? NaN)) < 6 * FRAME);
  });

  it('phrases change the same words, of their own element only', async () => {
    const url = '../clips/en_espeak_0.wav';
    const [cpu, gpu] = await onBoth(async (backend) => {
      const page = await site.open('pages/elements.html');
      const [first, second] = [page.locator('#first'), page.locator('#second')];
      await choose(first, backend);
      await choose(second, backend);
      const prefer = (element: Locator, phrases: KyutaiSttElement['phrases']): Promise<void> =>
        element.evaluate((node, wanted) => void ((node as KyutaiSttElement).phrases = wanted), phrases);
      // Beside each other, so that one step has a stream with phrases and one without.
      await prefer(first, [{ phrase: 'turn again', boost: 10 }, 'go forward']);
      const found = await Promise.all([first, second].map((element) => transcribe(element, url)));
      await assertRan(first, backend);
      await prefer(first, []);
      found.push(await transcribe(first, url));
      await page.close();
      return found;
    });
    assert.deepEqual(gpu, cpu);
    const [boosted, usual, later] = cpu;
    assert.match(boosted ?? '', /turn again/);
    assert.deepEqual([usual, later], [wordsOf('en_espeak_0'), wordsOf('en_espeak_0')]);
  });

  it('a long stream has the same words whether its context is refreshed in pauses or not', async () => {
    const [cpu, gpu] = await onBoth(async (backend) => {
      const page = await site.open('pages/long-recording.html');
      const element = page.locator('kyutai-stt');
      await choose(element, backend);
      const usual = await transcribeMinute(page);
      assert.equal(usual?.refreshes, 0);
      const words = textOf(await timed(element));
      await element.evaluate((node) => node.toggleAttribute('refresh-context', true));
      const refreshed = await transcribeMinute(page);
      await assertRan(element, backend);
      assert.equal(textOf(await timed(element)), words);
      await page.close();
      return { words, refreshes: refreshed?.refreshes ?? 0 };
    });
    assert.equal(gpu.words, cpu.words);
    for (const { refreshes } of [cpu, gpu]) assert.ok(refreshes >= 4, `${refreshes} refreshes`);
  });
});

/** Dictates the microphone's clip into the demo's input, and returns its text. */
async function dictate(site: Site, backend: Backend): Promise<string> {
  const page = await site.open('demo/dictation.html');
  const element = page.locator('kyutai-stt[for=subject]');
  const field = page.locator('#subject');
  await choose(element, backend);
  await button(element).click();
  await untilTranscript(element, wordsOf(LIVE_CLIP));
  await assertRan(element, backend);
  await button(element).click();
  await inState(element, 'ready');
  assert.equal(await transcriptOf(element), wordsOf(LIVE_CLIP));
  const text = await field.inputValue();
  await page.close();
  return text;
}

/** Resolves once the element's transcript begins with `text`. */
async function begins(element: Locator, text: string): Promise<void> {
  const handle = await element.elementHandle();
  await element
    .page()
    .waitForFunction(([node, wanted]) => (node as KyutaiSttElement).transcript.startsWith(wanted), [
      handle,
      text,
    ] as const);
}

const reasons = (recoveries: readonly RecoveryDetail[]): string[] => recoveries.map(({ reason }) => reason);

/** Plays one word over and over, which the watchdog takes for a loop; resolves with the `recovery` events. */
function recovering(page: Page): Promise<readonly RecoveryDetail[]> {
  return page.evaluate(async () => {
    const recoveries: RecoveryDetail[] = [];
    document.querySelector('kyutai-stt')?.addEventListener('recovery', ({ detail }) => recoveries.push(detail));
    await transcribeLoop(['../clips/en_human_004.wav'], 300);
    return recoveries;
  });
}
