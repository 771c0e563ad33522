/** What ends a stream before its time, and what does not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { officialRun } from './fake-model.js';
import { bench, code, frame, pushMany, Recorder } from './session-bench.js';

describe('a session', () => {
  it('fails alone on audio that is not a number', async () => {
    const { official, frames } = officialRun('en_espeak_0');
    const { open, lm } = bench({ ...official, tokens: [] }, official);
    const heard = [new Recorder(), new Recorder()] as const;
    const sessions = [open(heard[0]), open(heard[1])] as const;
    pushMany(sessions[0], 5);
    sessions[0].push(frame().fill(Number.NaN, 7, 8));
    pushMany(sessions[1], frames);
    const [broken, whole] = await Promise.allSettled(sessions.map((session) => session.finish()));
    assert.equal(broken?.status, 'rejected');
    assert.equal(whole?.status, 'fulfilled');
    assert.match(heard[0].error?.message ?? '', /sample 7 of frame 5 is NaN.*\(audio-invalid\)/);
    assert.equal(heard[1].words.map(({ text }) => text).join(' '), official.text);
    assert.equal(lm.live, 0);
  });

  it('fails on sound far beyond full scale, which would spoil the codec’s state', async () => {
    const { open } = bench();
    const heard = new Recorder();
    const session = open(heard);
    session.push(frame(1.5)); // overshoot is sound
    session.push(frame().fill(32_767, 3, 4));
    await assert.rejects(session.finish(), code('audio-invalid'));
    assert.match(heard.error?.message ?? '', /sample 3 of frame 1 is 32767, expected -1 to 1/);
    assert.deepEqual(heard.frames, [0]);
  });

  for (const [what, probability, pause] of [
    ['a token without probability', 0, 0.1],
    ['an infinite probability', Infinity, 0.1],
    ['a pause that is not a number', 1, Number.NaN],
  ] as const) {
    it(`fails on ${what}`, async () => {
      const { open, lm } = bench();
      lm.probability = (_stream, step) => (step === 4 ? probability : 1);
      lm.pause = (_stream, step) => (step === 4 ? pause : undefined);
      const heard = new Recorder();
      const session = open(heard);
      pushMany(session, 10);
      await assert.rejects(session.finish(), code('model-invalid'));
      assert.match(heard.error?.message ?? '', /step 4/);
    });
  }

  it('forgets the sound that waits when it is aborted, and results that come late', async () => {
    const { official } = officialRun('en_espeak_0');
    const { open, lm } = bench(official);
    const results: (() => void)[] = [];
    lm.deliver = (result) => results.push(result); // as a GPU does, later
    const heard = new Recorder();
    const session = open(heard);
    pushMany(session, 40);
    while (results.length < 4) await new Promise((resolve) => setImmediate(resolve));
    session.abort();
    assert.equal(session.waiting, 0);
    for (const result of results) result();
    assert.deepEqual(heard.log, []);
  });

  it('fails where the model’s answer is not a number', async () => {
    const { open, lm } = bench();
    lm.probability = (_stream, step) => (step === 4 ? Number.NaN : 1);
    const heard = new Recorder();
    const session = open(heard);
    pushMany(session, 10);
    await assert.rejects(session.finish(), code('model-invalid'));
    assert.deepEqual(heard.log, ['error']);
    assert.match(heard.error?.message ?? '', /step 4/);
    assert.deepEqual(heard.frames, [0, 1, 2]);
  });
});
