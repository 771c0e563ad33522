/** Recovery of a stream whose model fails: no word lost or repeated, and times increase. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openModelFromPath } from '../../../../src/cli/open-model-from-path.js';
import { readAudio } from '../../../../src/cli/read-audio.js';
import { transcribeSamples, type Transcription } from '../../../../src/cli/transcribe-samples.js';
import { loadBackends } from '../../../../src/engine/backends.js';
import { Engine } from '../../../../src/engine/engine.js';
import type { LanguageModel, LmResult } from '../../../../src/lm/language-model.js';
import type { WireWord } from '../../../../src/protocol/stream-events.js';
import { SentencePiece } from '../../../../src/text/sentencepiece.js';
import { config, FRAME_SIZE, type Run } from '../fake-model.js';
import { bench, Recorder } from '../session-bench.js';

const { paddingToken: PAD, endOfPaddingToken: EOP } = config.lm;
/** Loud enough for speech, with pauses between syllables. */
const talk = (at: number): Float32Array =>
  new Float32Array(FRAME_SIZE).map((_, i) => (at % 5 === 4 ? 0.001 : 0.1) * (i % 2 ? 1 : -1));
const run = (tokens: readonly number[]): Run => ({ text: '', tokens, vad: [], words: [] });
/** Tokens of a word of one piece; in the test's tokenizer all tokens from 100 on are words or parts of words. */
const word = (token: number): number[] => [EOP, token, PAD, PAD];

describe('a model that falls silent', () => {
  it('replays the audio that the model left out', async () => {
    const { open, lm } = bench(run([...new Array<number>(8).fill(PAD), ...word(100)]));
    lm.afterReset = [run([...new Array<number>(8).fill(PAD), ...word(101), ...word(102)])];
    const recorded = new Recorder();
    const session = open(recorded);
    for (let at = 0; at < 150; at++) session.push(talk(at));
    const metrics = await session.finish();

    assert.equal(metrics.recoveries, 1);
    assert.equal(recorded.log.filter((entry) => entry.startsWith('silent')).length, 1);
    assert.equal(recorded.words.length, 3);
    monotone(recorded.words);
    const [first] = recorded.words;
    // Replayed from the end of the first word.
    assert.equal(
      recorded.log.find((entry) => entry.startsWith('silent')),
      `silent ${first?.end}`,
    );
    assert.ok(recorded.words[1]!.start >= first!.end && recorded.words[1]!.start < first!.end + 1);
    assert.deepEqual(
      recorded.frames,
      Array.from({ length: 150 }, (_, i) => i),
    );
    // The step before the first frame runs twice, and so do the replayed frames.
    assert.ok(metrics.steps > 150 + 2 + 18);
  });

  it('feeds the model the same codes of the replayed frames, then the next', async () => {
    const { open, lm } = bench(run([]));
    const recorded = new Recorder();
    const session = open(recorded);
    for (let at = 0; at < 120; at++) session.push(talk(at));
    await session.finish();
    const { stepped } = lm.traces[0]!;
    const restart = stepped.lastIndexOf(null);
    assert.ok(restart > 1);
    // A fake codec's code is the frame's number.
    const again = stepped.slice(restart + 1).map(Number);
    assert.deepEqual(
      again,
      Array.from({ length: again.length }, (_, i) => again[0]! + i),
    );
    assert.equal(again[0], 0);
  });

  it('replays at most the last twelve seconds', async () => {
    const { open, lm } = bench(run([]));
    const recorded = new Recorder();
    const session = open(recorded);
    for (let at = 0; at < 200; at++) session.push(new Float32Array(FRAME_SIZE));
    for (let at = 0; at < 150; at++) session.push(talk(at));
    await session.finish();
    const { stepped } = lm.traces[0]!;
    const restart = stepped.indexOf(null, 1);
    assert.equal(stepped[restart + 1], Number(stepped[restart - 1]) - 149);
  });

  it('does not restart without a watchdog', async () => {
    const { open } = bench.unwatched(run([]));
    const recorded = new Recorder();
    const session = open(recorded);
    for (let at = 0; at < 300; at++) session.push(talk(at));
    assert.equal((await session.finish()).recoveries, 0);
  });
});

describe('a model that repeats itself', () => {
  const loop = Array.from({ length: 20 }, () => word(100)).flat();

  it('replays the audio of the repetition and keeps the emitted words', async () => {
    const { open, lm } = bench(run([...new Array<number>(6).fill(PAD), ...loop]));
    lm.afterReset = [run([...new Array<number>(8).fill(PAD), ...word(101), ...word(102)])];
    const recorded = new Recorder();
    const session = open(recorded);
    for (let at = 0; at < 120; at++) session.push(talk(at));
    const metrics = await session.finish();
    assert.equal(metrics.recoveries, 1);
    const texts = recorded.words.map(({ text }) => text);
    assert.equal(texts.length, 12 + 2);
    assert.equal(new Set(texts.slice(0, 12)).size, 1);
    assert.equal(new Set(texts.slice(12)).size, 2);
    monotone(recorded.words);
  });

  it('emits no word twice if the repetition was a refrain', async () => {
    const { open, lm } = bench(run([...new Array<number>(6).fill(PAD), ...loop]));
    // The replay repeats the word eleven times, then continues.
    lm.afterReset = [run([...new Array<number>(8).fill(PAD), ...loop.slice(0, 44), ...word(101)])];
    const recorded = new Recorder();
    const session = open(recorded);
    for (let at = 0; at < 120; at++) session.push(talk(at));
    await session.finish();
    assert.equal(recorded.words.length, 12 + 1);
    monotone(recorded.words);
    assert.equal(recorded.log.filter((entry) => entry.startsWith('~')).length, 13);
  });
});

describe('the demo model, silenced', () => {
  const fixtures = new URL('../../../fixtures/', import.meta.url);
  let samples: Float32Array;
  let healthy: Transcription;
  let silenced: Transcription;

  before(async () => {
    const model = await openModelFromPath(fileURLToPath(new URL('demo', fixtures)));
    const clip = await readAudio(fileURLToPath(new URL('clips/en_long_15s.wav', fixtures)), 24_000);
    samples = new Float32Array(2 * clip.length);
    samples.set(clip);
    samples.set(clip, clip.length);
    const backends = await loadBackends(model, { build: 'simd', backend: 'wasm' });
    const tokenizer = SentencePiece.parse(model.tokenizer, 'tokenizer', model.config.lm.textCard);
    const parts = { name: model.name, config: model.config, tokenizer, ...backends };
    const options = { yieldToEventLoop: () => new Promise<void>((resolve) => setImmediate(resolve)) };
    healthy = await transcribeSamples(new Engine(parts, options), [samples]);
    const engine = new Engine({ ...parts, lm: silentAfter(backends.lm, 100) }, options);
    silenced = await transcribeSamples(engine, [samples]);
    engine.dispose();
  });

  it('is not restarted while it works', () => assert.equal(healthy.metrics.recoveries, 0));

  it('recovers with the words of an undisturbed run', () => {
    assert.ok(silenced.metrics.recoveries >= 1);
    monotone(silenced.words);
    const [a, b] = [healthy.words.map(({ text }) => text), silenced.words.map(({ text }) => text)];
    // A replay from the middle of a sentence may change a word or two.
    const missing = a.length - commonWords(a, b);
    assert.ok(missing <= 2, `${missing} of ${a.length} words are missing: ${a.join(' ')} | ${b.join(' ')}`);
    assert.ok(b.length <= a.length + 1, `words were emitted twice: ${b.join(' ')}`);
    const [last, lastSilenced] = [healthy.words.at(-1), silenced.words.at(-1)];
    assert.ok(Math.abs(last!.start - lastSilenced!.start) < 0.2);
  });
});

/** A model that gives only padding from a step on, until it is reset. */
function silentAfter(lm: LanguageModel, steps: number): LanguageModel {
  return {
    backend: lm.backend,
    config: lm.config,
    flush: () => lm.flush(),
    dispose: () => lm.dispose(),
    open: (sink) => {
      let silent = true;
      const stream = lm.open((result: LmResult) =>
        sink(silent && result.step >= steps ? { ...result, token: lm.config.paddingToken } : result),
      );
      const reset = stream.reset.bind(stream);
      return Object.assign(stream, {
        reset: () => {
          silent = false;
          reset();
        },
      });
    },
  };
}

function monotone(words: readonly WireWord[]): void {
  words.forEach(({ index, start, end }, i) => {
    assert.equal(index, i);
    assert.ok(end >= start);
    if (i > 0) assert.ok(start >= words[i - 1]!.end - 1e-9, `word ${i} starts at ${start} before ${words[i - 1]!.end}`);
  });
}

/** Length of the longest common subsequence. */
function commonWords(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const x of a) {
    const next = [0];
    b.forEach((y, j) => next.push(x === y ? row[j]! + 1 : Math.max(row[j + 1]!, next[j]!)));
    row = next;
  }
  return row[b.length]!;
}
