/** Rounds of several sessions whose steps run together, with results that arrive at once, at the flush or later. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { config, officialRun, type FakeLm, type Run } from './fake-model.js';
import { gpuMetrics } from '../worker/fake-engine.js';
import { bench, code, frame, pushMany, Recorder } from './session-bench.js';

/** How backends may deliver results; each must lead to the same words, turns and times. */
const DELIVERIES: Readonly<Record<string, (lm: FakeLm) => void>> = {
  'as they are pushed': () => undefined,
  'at the flush': (lm) => (lm.waitsForFlush = true),
  'some time after the flush': (lm) => {
    lm.waitsForFlush = true;
    const results: (() => void)[] = [];
    // In order, each in a separate task.
    lm.deliver = (result) => {
      results.push(result);
      setTimeout(() => results.shift()?.(), 2);
    };
  },
};

/** A run of padding with one word, whose three tokens start at `step`. */
function lateWord(step: number): Run {
  const tokens = Array<number>(80).fill(config.lm.paddingToken);
  tokens.splice(step - 1, 5, config.lm.endOfPaddingToken, 105, 106, 106, config.lm.paddingToken);
  return { text: 'forwardorward', tokens, vad: [], words: [] };
}

describe('a round of sessions', () => {
  for (const [when, set] of Object.entries(DELIVERIES)) {
    describe(`whose results arrive ${when}`, () => {
      it('emits the official words, times and turns in the same order', async () => {
        const { official, frames } = officialRun('en_long_15s');
        const [plain, other] = [bench(official), bench(official)];
        set(other.lm);
        const [expected, recorded] = [new Recorder(), new Recorder()];
        for (const [{ open }, recorder] of [
          [plain, expected],
          [other, recorded],
        ] as const) {
          const session = open(recorder);
          pushMany(session, frames);
          await session.finish();
        }
        assert.deepEqual(
          recorded.words.map(({ text, start }) => ({ text, start })),
          official.words.map(({ text, start }) => ({ text, start })),
        );
        assert.deepEqual(recorded.words, expected.words);
        assert.deepEqual(recorded.log, expected.log);
        assert.deepEqual(recorded.frames, expected.frames);
        assert.deepEqual([other.mimi.live, other.lm.live, other.released.length], [0, 0, 1]);
      });

      it('extends the flush for a word that begins with its last step', async () => {
        // Step 0, five frames, eighteen of silence: steps 0 … 23.
        const { open, lm } = bench(lateWord(23));
        set(lm);
        const recorded = new Recorder();
        const session = open(recorded);
        pushMany(session, 5);
        const metrics = await session.finish();
        assert.deepEqual(
          recorded.words.map(({ text }) => text),
          ['forwardorward'],
        );
        assert.equal(metrics.steps, 1 + 5 + 18 + 3);
      });

      it('flushes no longer than necessary', async () => {
        const { open, lm } = bench();
        set(lm);
        const session = open(new Recorder());
        pushMany(session, 5);
        assert.equal((await session.finish()).steps, 1 + 5 + 18);
      });

      it('reports a frame as consumed once its words are emitted', async () => {
        const { open, lm } = bench(lateWord(10));
        set(lm);
        const recorded = new Recorder();
        let consumedBefore = -1;
        recorded.onWord = () => (consumedBefore = recorded.frames.length - 1);
        const session = open(recorded);
        pushMany(session, 20);
        await session.finish();
        // The word closes at step 13, which is fed frame 12.
        assert.equal(consumedBefore, 11);
        assert.equal(recorded.frames.at(-1), 19);
      });
    });
  }

  it('runs the steps of two ready sessions together', async () => {
    const { open, lm } = bench();
    lm.waitsForFlush = true;
    const sessions = [open(new Recorder()), open(new Recorder())] as const;
    for (const session of sessions) pushMany(session, 3);
    await Promise.all(sessions.map((session) => session.finish()));
    const stepped = lm.flushes.filter((streams) => streams.length > 0);
    assert.deepEqual(stepped, Array<number[]>(3 + 18).fill([0, 1]));
  });

  it('runs a single ready session in a separate round', async () => {
    const { open, lm } = bench();
    lm.waitsForFlush = true;
    const [busy, idle] = [new Recorder(), new Recorder()].map(open);
    assert.ok(busy && idle);
    pushMany(busy, 3);
    while (lm.flushes.length < 3) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(lm.flushes, [[0], [0], [0]]);
    busy.abort();
    idle.abort();
  });

  it('allows sessions to join and leave at any frame', async () => {
    const runs = [officialRun('en_espeak_0'), officialRun('fr_espeak_0')] as const;
    const { open, lm } = bench(runs[0].official, runs[1].official);
    lm.waitsForFlush = true;
    const recorded = [new Recorder(), new Recorder()] as const;
    const first = open(recorded[0]);
    pushMany(first, runs[0].frames);
    while (recorded[0].frames.length < 5) await new Promise((resolve) => setImmediate(resolve));
    const second = open(recorded[1]);
    pushMany(second, runs[1].frames);
    await Promise.all([first.finish(), second.finish()]);
    runs.forEach(({ official }, i) =>
      assert.equal(recorded[i as 0 | 1].words.map(({ text }) => text).join(' '), official.text),
    );
    assert.ok(lm.flushes.some((streams) => streams.length === 2));
  });

  it('continues for the others when one session fails', async () => {
    const { official, frames } = officialRun('en_espeak_0');
    const { open, lm } = bench(undefined, official);
    lm.waitsForFlush = true;
    lm.probability = (stream, step) => (stream === 0 && step === 7 ? Number.NaN : 1);
    const recorded = [new Recorder(), new Recorder(), new Recorder()] as const;
    const [invalid, valid, noisy] = recorded.map(open);
    assert.ok(invalid && valid && noisy);
    pushMany(invalid, 20);
    pushMany(valid, frames);
    pushMany(noisy, 3);
    noisy.push(frame(Number.NaN));
    const finished = await Promise.allSettled([invalid, valid, noisy].map((session) => session.finish()));
    assert.deepEqual(
      finished.map(({ status }) => status),
      ['rejected', 'fulfilled', 'rejected'],
    );
    assert.match(recorded[0].error?.message ?? '', /step 7/);
    assert.equal(recorded[1].words.map(({ text }) => text).join(' '), official.text);
    assert.equal(lm.live, 0);
  });

  it('does not close a stream during the flush that runs it', async () => {
    const { official, frames } = officialRun('en_espeak_0');
    const { open, lm, mimi } = bench(official, official);
    lm.waitsForFlush = true;
    const recorded = [new Recorder(), new Recorder()] as const;
    const [one, other] = recorded.map(open);
    assert.ok(one && other);
    const live: number[] = [];
    recorded[0].onWord = () => {
      one.abort();
      other.abort();
      live.push(lm.live, mimi.live);
    };
    pushMany(one, frames);
    pushMany(other, frames);
    const finished = await Promise.allSettled([one.finish(), other.finish()]);
    assert.deepEqual(live, [2, 2]);
    assert.deepEqual(
      finished.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    assert.deepEqual([lm.live, mimi.live], [0, 0]);
  });

  it('fails only the sessions of the round whose flush throws', async () => {
    const { open, lm } = bench();
    lm.waitsForFlush = true;
    const recorded = [new Recorder(), new Recorder(), new Recorder()] as const;
    const [one, other, later] = recorded.map(open);
    assert.ok(one && other && later);
    lm.flushFailure = new Error('the kernel trapped');
    pushMany(one, 3);
    pushMany(other, 3);
    await assert.rejects(one.finish(), code('internal'));
    await assert.rejects(other.finish(), /the kernel trapped/);
    pushMany(later, 3);
    assert.equal((await later.finish()).frames, 3);
    assert.equal(lm.live, 0);
  });

  it('fails if the model stops returning results', async () => {
    const { open, lm } = bench();
    lm.deliver = () => undefined;
    const recorded = new Recorder();
    const session = open(recorded);
    lm.broken = new Error('the buffer could not be mapped');
    pushMany(session, 30);
    await assert.rejects(session.finish(), /could not be mapped/);
    assert.deepEqual(recorded.log, ['error']);
  });

  it('reports the GPU’s metrics, and its speed if it is slower than the codec', async () => {
    const { open, lm } = bench();
    lm.gpu = () => gpuMetrics(40);
    const session = open(new Recorder());
    pushMany(session, 10);
    const metrics = await session.finish();
    assert.deepEqual(metrics.gpu, gpuMetrics(40));
    assert.equal(metrics.rtf, ((1 + 10 + 18) * 40) / (10 * 80));
    assert.equal('gpu' in (await bench().open(new Recorder()).finish()), false);
  });

  it('divides a flush’s time equally among its streams', async (t) => {
    const { open, lm } = bench();
    lm.waitsForFlush = true;
    const took = 3;
    let clock = 0;
    t.mock.method(performance, 'now', () => clock);
    lm.deliver = (result) => {
      clock += took;
      result();
    };
    const sessions = [open(new Recorder()), open(new Recorder())] as const;
    for (const session of sessions) pushMany(session, 3);
    const [one, other] = await Promise.all(sessions.map((session) => session.finish()));
    assert.ok(one && other);
    // Step 0 runs with the first frame's.
    for (const { lmMs, steps } of [one, other]) assert.equal(lmMs, steps * took);
  });
});
