import { assert, fixture, html } from '@open-wc/testing';
import '../../../src/index.js';
import {
  createSource,
  SttClient,
  type KyutaiSttElement,
  type StreamMetrics,
  type Transcript,
  textOf,
} from '../../../src/index.js';
import type { WorkerKind } from '../../../src/client/connect.js';

const MODEL = '/models/demo-en_fr-q4_0.gguf';
const ENGLISH = { url: '/test/fixtures/clips/en_human_goforward.wav', text: 'go forward ten meters' };
/** The demo model transcribes it correctly at every offset to the codec's frames, which is random for live audio. */
const LIVE = { url: '/test/fixtures/clips/en_human_seen.wav', text: 'four seven one hello zero' };
const FRENCH = { url: '/test/fixtures/clips/fr_espeak_0.wav', text: 'hier monter aide musique cinq' };

/** The words on one line, wherever the turns were. */
const words = (text: string): string => text.replace(/\s+/g, ' ').trim();

async function transcribe(client: SttClient, url: string): Promise<{ transcript: Transcript; metrics: StreamMetrics }> {
  return new Promise((resolve, reject) => {
    let transcript: Transcript | undefined;
    const ended = (metrics: StreamMetrics): void => {
      if (transcript) resolve({ transcript, metrics });
      else reject(new Error(`nothing was transcribed in ${url}`));
    };
    client.start(createSource(url), { changed: (now) => (transcript = now), ended, failed: reject }).catch(reject);
  });
}

describe('SttClient with the real engine', () => {
  for (const kind of ['dedicated', 'shared'] as const satisfies readonly WorkerKind[]) {
    it(`transcribes a file to words with times in a ${kind} worker`, async () => {
      const client = new SttClient({ model: MODEL, worker: kind });
      const info = await client.load();
      assert.strictEqual(client.host?.kind, kind);
      assert.strictEqual(info.backend, 'wasm');
      const { transcript, metrics } = await transcribe(client, ENGLISH.url);
      assert.strictEqual(words(textOf(transcript)), ENGLISH.text);
      const spoken = transcript.utterances.flatMap((utterance) => utterance.words);
      spoken.forEach((word, index) => {
        assert.isAtLeast(word.end, word.start);
        assert.isAtLeast(word.start, spoken[index - 1]?.start ?? 0);
      });
      assert.closeTo(metrics.audioSeconds, 4.8, 0.1);
      client.close();
    });
  }

  it('prefers the shared worker and gives the reason', async () => {
    const client = new SttClient({ model: MODEL });
    await client.load();
    assert.strictEqual(client.host?.kind, 'shared');
    assert.match(client.host?.reason ?? '', /SharedWorker/);
    client.close();
  });

  it('names the URL and the HTTP status of a missing model', async () => {
    const client = new SttClient({ model: '/status/404/model.gguf', worker: 'dedicated' });
    const error = await client.load().then(
      () => undefined,
      (cause: unknown) => cause as Error & { code: string },
    );
    assert.strictEqual(error?.code, 'network');
    assert.match(error?.message ?? '', /404/);
    client.close();
  });
});

describe('two <kyutai-stt> on one page', () => {
  for (const kind of ['dedicated', 'shared'] as const) {
    it(`transcribe two clips at once with one engine in a ${kind} worker`, async () => {
      // The query makes this a model that no other test has loaded.
      const model = `${MODEL}?both=${kind}`;
      const page = await fixture<HTMLElement>(html`
        <div>
          <kyutai-stt model=${model} worker-kind=${kind}></kyutai-stt>
          <kyutai-stt model=${model} worker-kind=${kind}></kyutai-stt>
        </div>
      `);
      const elements = [...page.querySelectorAll<KyutaiSttElement>('kyutai-stt')];
      const clips = [ENGLISH, FRENCH];
      await Promise.all(elements.map((element, index) => element.start(clips[index]?.url)));
      await Promise.all(elements.map((element) => ended(element)));
      assert.deepEqual(
        elements.map((element) => words(element.transcript)),
        clips.map(({ text }) => text),
      );
      const [one, other] = elements;
      assert.strictEqual(one?.engine?.engineId, other?.engine?.engineId);
      elements.forEach((element) => element.unload());
    });
  }
});

describe('<kyutai-stt> with live audio', function () {
  // A briefly busy machine starves the audio thread of real-time audio, so retry; real defects fail three times.
  this.retries(2);
  it('captions the audio element named by its for attribute while it plays', async () => {
    const page = await fixture<HTMLElement>(
      html`<div><audio id="talk" src=${LIVE.url}></audio><kyutai-stt for="talk" model=${MODEL}></kyutai-stt></div>`,
    );
    const [audio, element] = [page.querySelector('audio'), page.querySelector('kyutai-stt')];
    assert.ok(audio && element);
    await element.start();
    const over = ended(element);
    await audio.play();
    await over;
    assert.strictEqual(words(element.transcript), LIVE.text);
    element.unload();
  });

  it('transcribes the microphone', async () => {
    const element = await fixture<KyutaiSttElement>(html`<kyutai-stt model=${MODEL}></kyutai-stt>`);
    const transcribed = new Promise<void>((resolve) => {
      element.addEventListener('transcript', ({ detail }) => detail.words.length > 0 && resolve());
    });
    const levels: number[] = [];
    element.addEventListener('level', ({ detail }) => levels.push(detail.rms));
    await element.start();
    await transcribed;
    await element.stop();
    // The end-to-end tests check the words: here parallel tests may make the fake microphone stutter.
    assert.isNotEmpty(element.words);
    assert.isAbove(Math.max(...levels), 0);
    element.unload();
  });
});

function ended(element: KyutaiSttElement): Promise<void> {
  return new Promise((resolve, reject) => {
    element.addEventListener('end', () => resolve(), { once: true });
    element.addEventListener('error', ({ detail }) => reject(detail), { once: true });
  });
}
