/** Failures and aborts of a session. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { officialRun } from './fake-model.js';
import { bench, code, frame, pushMany, Recorder } from './session-bench.js';

describe('a session', () => {
  it('fails on NaN in its audio without affecting other sessions', async () => {
    const { official, frames } = officialRun('en_espeak_0');
    const { open, lm } = bench({ ...official, tokens: [] }, official);
    const recorded = [new Recorder(), new Recorder()] as const;
    const sessions = [open(recorded[0]), open(recorded[1])] as const;
    pushMany(sessions[0], 5);
    sessions[0].push(frame().fill(Number.NaN, 7, 8));
    pushMany(sessions[1], frames);
    const [broken, whole] = await Promise.allSettled(sessions.map((session) => session.finish()));
    assert.equal(broken?.status, 'rejected');
    assert.equal(whole?.status, 'fulfilled');
    assert.match(recorded[0].error?.message ?? '', /sample 7 of frame 5 is NaN.*\(audio-invalid\)/);
    assert.equal(recorded[1].words.map(({ text }) => text).join(' '), official.text);
    assert.equal(lm.live, 0);
  });

  it('fails on samples far beyond full scale, which would corrupt the codec’s state', async () => {
    const { open } = bench();
    const recorded = new Recorder();
    const session = open(recorded);
    session.push(frame(1.5)); // overshoot is allowed
    session.push(frame().fill(32_767, 3, 4));
    await assert.rejects(session.finish(), code('audio-invalid'));
    assert.match(recorded.error?.message ?? '', /sample 3 of frame 1 is 32767, expected -1 to 1/);
    assert.deepEqual(recorded.frames, [0]);
  });

  for (const [what, probability, pause] of [
    ['a token with probability 0', 0, 0.1],
    ['an infinite probability', Infinity, 0.1],
    ['a pause that is NaN', 1, Number.NaN],
  ] as const) {
    it(`fails on ${what}`, async () => {
      const { open, lm } = bench();
      lm.probability = (_stream, step) => (step === 4 ? probability : 1);
      lm.pause = (_stream, step) => (step === 4 ? pause : undefined);
      const recorded = new Recorder();
      const session = open(recorded);
      pushMany(session, 10);
      await assert.rejects(session.finish(), code('model-invalid'));
      assert.match(recorded.error?.message ?? '', /step 4/);
    });
  }

  it('drops queued audio and late results after an abort', async () => {
    const { official } = officialRun('en_espeak_0');
    const { open, lm } = bench(official);
    const results: (() => void)[] = [];
    lm.deliver = (result) => results.push(result); // as a GPU does, later
    const recorded = new Recorder();
    const session = open(recorded);
    pushMany(session, 40);
    while (results.length < 4) await new Promise((resolve) => setImmediate(resolve));
    session.abort();
    assert.equal(session.waiting, 0);
    for (const result of results) result();
    assert.deepEqual(recorded.log, []);
  });

  it('fails if a token probability is NaN', async () => {
    const { open, lm } = bench();
    lm.probability = (_stream, step) => (step === 4 ? Number.NaN : 1);
    const recorded = new Recorder();
    const session = open(recorded);
    pushMany(session, 10);
    await assert.rejects(session.finish(), code('model-invalid'));
    assert.deepEqual(recorded.log, ['error']);
    assert.match(recorded.error?.message ?? '', /step 4/);
    assert.deepEqual(recorded.frames, [0, 1, 2]);
  });
});
