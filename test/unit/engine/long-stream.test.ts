/** Streams of minutes: correct words throughout, past every window many times, without growing memory. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openModelFromPath } from '../../../src/cli/open-model-from-path.js';
import { readAudio } from '../../../src/cli/read-audio.js';
import { Engine } from '../../../src/engine/engine.js';
import type { Session } from '../../../src/engine/session.js';
import type { StreamChoices } from '../../../src/protocol/messages.js';
import type { StreamMetrics, WireWord } from '../../../src/protocol/stream-events.js';
import { FRAME_SIZE, officialRun } from './fake-model.js';

/**
 * Clips whose words do not depend on earlier speech. Excluded: en_flite_rms_1, en_human_1, en_human_goforward and
 * fr_human_1, of which this model transcribes a word or two differently after other speech, in every round alike.
 */
const CLIPS = [
  'en_espeak_0',
  'en_espeak_1',
  'en_human_004',
  'en_human_seen',
  'en_long_15s',
  'en_noisy_0',
  'fr_espeak_0',
  'fr_espeak_3',
  'fr_human_seen',
  'silence_3s',
];
const ROUNDS = 11;
/** With a refreshed context: some forty refreshes. */
const REFRESHED_ROUNDS = 4;
const FRAME_RATE = 12.5;
/** After collection the heap varies by some hundred kilobytes; leaking one frame per step would add 50 MB. */
const HEAP_TOLERANCE = 2_000_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
/** Live bytes. V8 frees array buffers on another thread after a collection, so the lowest of a few counts is taken. */
async function heap(): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < 5; i++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 10));
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least;
}

interface Part {
  readonly name: string;
  readonly fromFrame: number;
  readonly words: WireWord[];
}

let engine: Engine;
before(async () => {
  const model = await openModelFromPath(fileURLToPath(new URL('../../fixtures/demo', import.meta.url)));
  engine = await Engine.load(model, {
    build: 'simd',
    yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)),
  });
});
after(() => engine.dispose());

describe('a stream of ten minutes', () => {
  let parts: readonly Part[];
  const memory: { readonly wasm: number; readonly heap: number }[] = [];
  let seconds = 0;

  before(async () => {
    const ended = await transcribe(ROUNDS, {}, async () => {
      memory.push({ wasm: engine.memoryBytes, heap: await heap() });
    });
    parts = ended.parts;
    seconds = ended.metrics.audioSeconds;
  });

  it('lasts ten minutes', () => assert.ok(seconds >= 600, `${seconds} s`));

  it('transcribes every clip of every round with its official words', () => assertOfficial(parts));

  it('times the words of the last round like those of the second, shifted by whole rounds', () => {
    const times = (from: number): number[] =>
      parts
        .slice(from, from + CLIPS.length)
        .flatMap(({ fromFrame, words }) => words.map(({ start }) => start - fromFrame / FRAME_RATE));
    const [second, last] = [times(CLIPS.length), times(parts.length - CLIPS.length)];
    assert.equal(last.length, second.length);
    last.forEach((time, i) =>
      assert.ok(
        Math.abs(time - (second[i] ?? Number.NaN)) < 1e-6,
        `word ${i}: ${time}, in the second round ${second[i]}`,
      ),
    );
  });

  it('does not grow its memory', () => {
    const [early, late] = [memory[1], memory.at(-1)];
    assert.ok(early && late);
    assert.equal(late.wasm, early.wasm);
    const gained = late.heap - early.heap;
    assert.ok(gained < HEAP_TOLERANCE, `${gained} bytes of heap gained in ${ROUNDS - 2} rounds`);
  });
});

describe('a stream whose context is refreshed', () => {
  it('has the official words of every clip, each once', async () => {
    const { parts, metrics } = await transcribe(REFRESHED_ROUNDS, { refreshContext: true });
    assertOfficial(parts);
    assert.ok(metrics.refreshes >= REFRESHED_ROUNDS * 4, `${metrics.refreshes} refreshes`);
    // Half a second is processed twice each time, and nothing else.
    const again = metrics.refreshes * (1 + Math.ceil(FRAME_RATE / 2));
    assert.ok(metrics.steps - metrics.frames - again < 50, `${metrics.steps} steps for ${metrics.frames} frames`);
  });
});

function assertOfficial(parts: readonly Part[]): void {
  for (const [i, { name, words }] of parts.entries()) {
    const { official } = officialRun(name);
    assert.equal(
      words.map(({ text }) => text).join(' '),
      official.text,
      `${name}, round ${Math.floor(i / CLIPS.length)}`,
    );
  }
}

/** Transcribes the clips without a gap, `rounds` times, as one stream. */
async function transcribe(
  rounds: number,
  choices: StreamChoices,
  roundEnded?: () => Promise<void>,
): Promise<{ parts: readonly Part[]; metrics: StreamMetrics }> {
  const sounds = await Promise.all(
    CLIPS.map((name) => readAudio(fileURLToPath(new URL(`../../fixtures/clips/${name}.wav`, import.meta.url)), 24_000)),
  );
  const parts: Part[] = [];
  let frames = 0;
  let wake = (): void => undefined;
  const session = engine.open((event) => {
    if (event.type === 'word') {
      const { word } = event;
      parts.findLast(({ fromFrame }) => fromFrame <= word.start * FRAME_RATE)?.words.push(word);
    }
    if (event.type === 'consumed') wake();
    if (event.type === 'recovery') assert.fail(`recovery: ${event.reason} since ${event.since} s`);
    if (event.type === 'error') assert.fail(event.error.message);
  }, choices);
  for (let round = 0; round < rounds; round++) {
    for (const [i, name] of CLIPS.entries()) {
      parts.push({ name, fromFrame: frames, words: [] });
      frames += await pushAll(
        session,
        sounds[i] ?? new Float32Array(0),
        () => new Promise((resolve) => (wake = resolve)),
      );
    }
    await roundEnded?.();
  }
  return { parts, metrics: await session.finish() };
}

/** Pushes all frames, at most a few ahead of the engine; returns their number. */
async function pushAll(session: Session, samples: Float32Array, consumed: () => Promise<void>): Promise<number> {
  let frames = 0;
  for (let from = 0; from < samples.length; from += FRAME_SIZE, frames++) {
    const frame = new Float32Array(FRAME_SIZE);
    frame.set(samples.subarray(from, from + FRAME_SIZE));
    session.push(frame);
    while (session.waiting > 8) await consumed();
  }
  return frames;
}
