/** Tests of `kyutai-stt bench`: it measures the right frames and calls. Durations are not tested. */
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { drive } from '../../../src/cli/bench/drive.js';
import { syllables } from '../../../src/cli/bench/test-audio.js';
import { timedLm, timedMimi, Times } from '../../../src/cli/bench/stopwatch.js';
import { summarise, type Summary } from '../../../src/cli/bench/summary.js';
import type { BenchResult } from '../../../src/cli/bench/measure.js';
import type { Machine } from '../../../src/cli/bench/report.js';
import { openModelFromPath } from '../../../src/cli/open-model-from-path.js';
import { loadBackends } from '../../../src/engine/backends.js';
import { Engine } from '../../../src/engine/engine.js';
import type { LmStream } from '../../../src/lm/language-model.js';
import type { Mimi } from '../../../src/mimi/mimi.js';
import { SentencePiece } from '../../../src/text/sentencepiece.js';
import { command, type Command } from './command.js';

const MODEL = fileURLToPath(new URL('../../../models/demo-en_fr-q4_0.gguf', import.meta.url));
const CLIP = fileURLToPath(new URL('../../fixtures/clips/en_human_004.wav', import.meta.url));
/** Of the demo model. */
const WINDOW = 128;

const kyutaiStt = command();
const bench = (...args: readonly string[]): ReturnType<Command> => kyutaiStt('bench', ...args);

function assertOrdered({ p50, p95, p99, max, mean }: Summary): void {
  const ordered = [0, p50, p95, p99, max];
  assert.deepEqual(
    ordered,
    [...ordered].sort((a, b) => a - b),
  );
  assert.ok(p50 > 0 && mean > 0 && mean <= max);
}

describe('kyutai-stt bench', () => {
  it('fills the window, then measures the requested number of frames', async () => {
    const { status, out, err } = await bench(MODEL, '--frames', '40', '--build', 'simd', '--audio', CLIP, '--json');
    assert.equal(status, 0, err);
    const result = JSON.parse(out) as BenchResult & { machine: Machine; audio: string };
    // The window, the counted frames, and five rounds of one session and of two.
    const total = WINDOW + 40 + 5 * 2 * 44;
    assert.match(err, new RegExp(`frame ${total} of ${total}\n$`));
    assert.equal(result.window, WINDOW);
    assert.equal(result.audio, CLIP);
    assert.equal(result.engine.build, 'simd');
    assert.equal(result.engine.backend, 'wasm');
    assert.equal(result.threads, 1);
    for (const [summary, count] of [
      [result.mimi, 40],
      [result.lmEmpty, 32],
      [result.lmFull, 40],
      [result.path, 40],
      [result.sessions.one, 200],
      [result.sessions.two, 200],
    ] as const) {
      assert.equal(summary.count, count);
      assertOrdered(summary);
    }
    // A frame's way is at least its codec and its step. Not by the means: one long pause may fall into either's frames alone.
    assert.ok(result.path.p50 >= 0.9 * (result.mimi.p50 + result.lmFull.p50));
    assert.ok(Math.abs(result.rtf - result.path.mean / 80) < 1e-9);
    const { one, two, ratio } = result.sessions;
    assert.equal(ratio, two.p50 / one.p50);
    assert.deepEqual([result.firstWord.frames, result.firstWord.delayMs], [6, 480]);
    const { modelBytes, wasmBytes, loadedRssBytes, peakRssBytes } = result.memory;
    const { size } = await stat(MODEL);
    assert.ok(modelBytes < size && modelBytes > 0.99 * size, `${modelBytes} of ${size} bytes are tensors`);
    assert.ok(wasmBytes > modelBytes && loadedRssBytes > wasmBytes && peakRssBytes >= loadedRssBytes);
    assert.ok(Object.values(result.load).every((time) => time > 0));
    assert.ok(result.machine.cores >= 1);
  });

  it('prints a table', async () => {
    const { status, out, err } = await bench(MODEL, '--frames', '2');
    assert.equal(status, 0, err);
    assert.match(out, /^two at once +\d\.\d\d times the time of one session$/m);
    for (const line of ['one session, empty window', 'two sessions, both'])
      assert.match(out, new RegExp(`^${line}( +[\\d.]+){5} +200$`, 'm'));
    for (const line of ['Mimi, a frame', 'LM, a step, empty window', 'LM, a step, full window', 'whole path'])
      assert.match(out, new RegExp(`^${line}( +[\\d.]+){5} +\\d+$|^${line}, full window( +[\\d.]+){5} +2$`, 'm'));
    assert.match(out, /^memory {6}tensors 8\.1 MB/m);
  });

  for (const [what, args, message] of [
    ['no model', [], /bench: found 0 models, expected 1/],
    ['no frames', [MODEL, '--frames', '0'], /--frames is 0, expected a whole number from 1/],
    ['an unknown build', [MODEL, '--build', 'avx'], /--build is avx, expected simd, relaxed/],
  ] as const) {
    it(`exits with 2 after ${what}`, async () => {
      const { status, err } = await bench(...args);
      assert.equal(status, 2);
      assert.match(err, message);
    });
  }
});

describe('a summary', () => {
  it('takes percentiles from the measured times', () => {
    const times = Array.from({ length: 200 }, (_, i) => 200 - i);
    assert.deepEqual(summarise(times), { count: 200, mean: 100.5, p50: 100, p95: 190, p99: 198, max: 200 });
    assert.deepEqual(summarise([7]), { count: 1, mean: 7, p50: 7, p95: 7, p99: 7, max: 7 });
    assert.deepEqual(summarise([]), { count: 0, mean: 0, p50: 0, p95: 0, p99: 0, max: 0 });
  });
});

describe('the stopwatch', () => {
  const wait = (ms: number): void => {
    for (const until = performance.now() + ms; performance.now() < until;);
  };

  it('counts a step’s queueing and its flush as one', () => {
    const times = new Times();
    const stream: LmStream = {
      steps: 0,
      pending: 0,
      push: () => wait(2),
      settled: () => Promise.resolve(),
      prefer: () => undefined,
      reset: () => undefined,
      close: () => undefined,
    };
    const lm = timedLm(
      { backend: 'wasm', config: {} as never, open: () => stream, flush: () => wait(3), dispose: () => undefined },
      times,
    );
    lm.flush();
    assert.deepEqual(times.lm, []);
    const opened = lm.open(() => undefined);
    for (let step = 0; step < 3; step++) {
      opened.push(null);
      lm.flush();
    }
    assert.equal(times.lm.length, 3);
    for (const time of times.lm) assert.ok(time >= 5);
  });

  it('passes the codec’s result through', () => {
    const times = new Times();
    const codes = Uint32Array.of(1, 2);
    const stream = {
      encode: () => codes,
      latent: new Float32Array(3),
      codes,
      reset: () => undefined,
      close: () => undefined,
    };
    const [config, frameSize, slots] = [{} as never, 4, 2];
    const [open, nothing] = [() => stream, () => undefined];
    const timed = timedMimi({ config, frameSize, slots, open, encodeBatch: nothing, dispose: nothing }, times);
    const mimi = timed.open();
    assert.equal(mimi.encode(new Float32Array(4)), codes);
    assert.equal(mimi.latent, stream.latent);
    assert.equal(times.mimi.length, 1);
    timed.encodeBatch([mimi], [new Float32Array(4)]);
    assert.equal(times.mimi.length, 2);
  });
});

describe('drive', () => {
  it('runs the requested number of sessions, batched in the codec', async () => {
    const model = await openModelFromPath(MODEL);
    const tokenizer = SentencePiece.parse(model.tokenizer, model.name, model.config.lm.textCard);
    const backends = await loadBackends(model, { backend: 'wasm', build: 'simd' });
    const together: number[] = [];
    const { mimi: inner } = backends;
    const mimi: Mimi = {
      config: inner.config,
      frameSize: inner.frameSize,
      slots: inner.slots,
      open: () => inner.open(),
      encodeBatch: (streams, frames) => {
        together.push(streams.length);
        inner.encodeBatch(streams, frames);
      },
      dispose: () => inner.dispose(),
    };
    const engine = new Engine({ name: model.name, config: model.config, tokenizer, ...backends, mimi });
    for (const sessions of [1, 2]) {
      together.length = 0;
      const times = await drive(engine, syllables(1, 24_000), sessions, 20, () => undefined);
      assert.equal(times.length, 20);
      assert.deepEqual(together, new Array(20).fill(sessions));
      assert.equal(engine.sessions, 0);
    }
    engine.dispose();
  });
});

describe('the default audio', () => {
  it('is deterministic, neither silent nor too loud', () => {
    const samples = syllables(1, 24_000);
    assert.equal(samples.length, 24_000);
    assert.deepEqual(samples, syllables(1, 24_000));
    const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    assert.ok(loudest > 0.1 && loudest <= 0.2, `${loudest}`);
  });
});
