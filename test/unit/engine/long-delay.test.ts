/** A model in the form of `stt-2.6b-en` from file to words: a delay of 2.5 s, a second of silence first, no pause heads. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readAudio } from '../../../src/cli/read-audio.js';
import { transcribeSamples, type Transcription } from '../../../src/cli/transcribe-samples.js';
import { Engine } from '../../../src/engine/engine.js';
import { openModel } from '../../../src/model/open-model.js';
import type { StreamMetrics } from '../../../src/protocol/stream-events.js';
import { bytesOf, editHeader, editJson, FIXTURES, officialFiles } from '../model/crafted-files.js';

/** The demo model's text is 0.5 s behind its audio; 25 steps fewer than a delay of 2.5 s. */
const DEMO_DELAY_STEPS = 6;
const LATE_STEPS = 25;
/** Frames of a second of silence, rounded up. */
const PREFIX = 13;
const FRAME_SECONDS = 0.08;

async function transcribed(stt: object, samples: Float32Array): Promise<Transcription> {
  const replaced = {
    'config.json': editJson(await bytesOf(new URL('demo/config.json', FIXTURES)), { stt_config: stt }),
    'model.safetensors': editHeader(await bytesOf(new URL('demo/model.safetensors', FIXTURES)), (header) => {
      for (const name of header.keys()) if (name.startsWith('extra_heads.')) header.delete(name);
    }),
  };
  const engine = await Engine.load(await openModel(await officialFiles('demo', replaced)), { backend: 'wasm' });
  try {
    assert.equal(engine.info().pauseHeads, 0);
    return await transcribeSamples(engine, [samples]);
  } finally {
    engine.dispose();
  }
}

describe('a model with the delay and the prefix of stt-2.6b-en', () => {
  it('says the same words as after a second of silence, with times of its delay', async () => {
    const clip = await readAudio('test/fixtures/clips/en_human_goforward.wav', 24_000);
    // Tokens of the first 2.5 s are dropped: with such a delay they are of no audio.
    const samples = new Float32Array(LATE_STEPS * 1920 + clip.length);
    samples.set(clip, LATE_STEPS * 1920);
    const after = new Float32Array(PREFIX * 1920 + samples.length);
    after.set(samples, PREFIX * 1920);
    const usual = await transcribed({ audio_delay_seconds: 0.5, audio_silence_prefix_seconds: 0 }, after);
    const found = await transcribed({ audio_delay_seconds: 2.5, audio_silence_prefix_seconds: 1 }, samples);
    assert.equal(found.text, usual.text);
    assert.match(found.text, /forward ten meters$/);
    const early = (PREFIX + LATE_STEPS) * FRAME_SECONDS;
    for (const [i, { text, start }] of found.words.entries())
      assert.ok(Math.abs(start - Math.max(0, usual.words[i]!.start - early)) < 1e-6, text);
    assert.deepEqual(found.turns, []);
    const flushOf = ({ metrics }: { metrics: StreamMetrics }, frames: number): number => metrics.steps - frames;
    const frames = Math.ceil(samples.length / 1920);
    // Silence for the delay and for a last word, so that what was said last is not lost.
    assert.ok(flushOf(found, frames + PREFIX) >= DEMO_DELAY_STEPS + LATE_STEPS);
  });
});
