/** The demo model in F32 on real speech: official words for single, parallel and successive streams. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openModelFromPath } from '../../../src/cli/open-model-from-path.js';
import { readAudio } from '../../../src/cli/read-audio.js';
import { transcribeSamples } from '../../../src/cli/transcribe-samples.js';
import { Engine } from '../../../src/engine/engine.js';
import { runnableBuilds } from './runnable-builds.js';
import { officialRun } from './fake-model.js';

const fixtures = new URL('../../fixtures/', import.meta.url);
const index = JSON.parse(readFileSync(new URL('clips/index.json', fixtures), 'utf8')) as { readonly name: string }[];
const names = index.map(({ name }) => name);
const sound = (name: string): Promise<Float32Array> =>
  readAudio(fileURLToPath(new URL(`clips/${name}.wav`, fixtures)), 24_000);
const yieldToEventLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const FRAME = 0.08 + 1e-9; // seconds

for (const build of await runnableBuilds()) {
  describe(`the demo model in F32, ${build} build`, () => {
    let engine: Engine;
    before(async () => {
      const model = await openModelFromPath(fileURLToPath(new URL('demo', fixtures)));
      engine = await Engine.load(model, { build, backend: 'wasm', yieldToEventLoop });
    });
    after(() => engine.dispose());

    for (const name of names) {
      it(`transcribes ${name} like the official implementation`, async () => {
        const { official, frames } = officialRun(name);
        const { text, words, metrics } = await transcribeSamples(engine, [await sound(name)]);
        assert.equal(text, official.text);
        assert.equal(metrics.frames, frames);
        assert.equal(metrics.recoveries, 0);
        official.words.forEach(({ start, stop }, i) => {
          const word = words[i];
          assert.ok(
            word && Math.abs(word.start - start) <= FRAME,
            `word ${i} starts at ${word?.start}, officially ${start}`,
          );
          assert.ok(word.confidence !== undefined && word.confidence > 0 && word.confidence <= 1);
          // Officially a word lasts until the next one; here it ends with its speech.
          const last = Math.min(stop ?? Infinity, 0.08 * frames);
          assert.ok(
            word.end >= word.start && word.end <= last + FRAME,
            `word ${i} ends at ${word.end}, not by ${last}`,
          );
        });
      });
    }

    it('ends the words of en_long_15s with their speech, up to two seconds before the next word', async () => {
      const { official } = officialRun('en_long_15s');
      const { words } = await transcribeSamples(engine, [await sound('en_long_15s')]);
      const pauses = words.map(({ end }, i) => (official.words[i]?.stop ?? 15.36) - end);
      assert.ok(pauses.filter((pause) => pause > 0.6).length >= 2, pauses.map((pause) => pause.toFixed(2)).join(' '));
    });

    it('transcribes two recordings at once without mixing words', async () => {
      const pair = ['en_long_15s', 'fr_espeak_0'] as const;
      const sounds = await Promise.all(pair.map(sound));
      const transcriptions = await Promise.all(sounds.map((samples) => transcribeSamples(engine, [samples])));
      assert.deepEqual(
        transcriptions.map(({ text }) => text),
        pair.map((name) => officialRun(name).official.text),
      );
      assert.equal(engine.sessions, 0);
    });

    it('reuses a finished stream’s memory for the next stream', async () => {
      const samples = await sound('en_espeak_0');
      await transcribeSamples(engine, [samples]);
      const used = engine.memoryBytes;
      for (let i = 0; i < 5; i++) await transcribeSamples(engine, [samples]);
      assert.equal(engine.memoryBytes, used);
    });

    it('reports its backend, build, name and pause heads', () => {
      const { backend, build: reported, model, pauseHeads } = engine.info();
      assert.deepEqual(
        { backend, reported, model, pauseHeads },
        { backend: 'wasm', reported: build, model: 'demo', pauseHeads: 4 },
      );
    });
  });
}
