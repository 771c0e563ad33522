/** One stream and several, on a codec and a model of fixed answers. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { officialRun } from './fake-model.js';
import { bench, code, frame, pushMany, Recorder } from './session-bench.js';

describe('session', () => {
  it('gives the official words and times, then resolves with what it counted', async () => {
    const { official, frames } = officialRun('en_long_15s');
    const { open, mimi, lm, released } = bench(official);
    const heard = new Recorder();
    const session = open(heard);
    pushMany(session, frames);
    const metrics = await session.finish();

    assert.deepEqual(
      heard.words.map(({ text, start, stop }) => ({ text, start, stop })),
      official.words,
    );
    assert.deepEqual(
      heard.frames,
      Array.from({ length: frames }, (_, i) => i),
    );
    assert.equal(metrics.frames, frames);
    assert.equal(metrics.audioSeconds, frames / 12.5);
    assert.equal(metrics.steps, 1 + frames + 18);
    assert.equal(metrics.peakBacklog, frames);
    assert.ok(metrics.rtf >= 0 && Number.isFinite(metrics.mimiMs + metrics.lmMs));
    assert.equal(heard.log.at(-1), 'final');
    assert.ok(heard.log.filter((entry) => entry === 'turn').length >= 2);
    assert.deepEqual([mimi.live, lm.live, released.length], [0, 0, 1]);
  });

  it('brings out a word that is open when the audio ends', async () => {
    const { official } = officialRun('en_human_1');
    const { open } = bench(official);
    const heard = new Recorder();
    const session = open(heard);
    // Step 11 of the run is inside its first word.
    pushMany(session, 10);
    await session.finish();
    assert.equal(heard.words[0]?.text, 'minute');
  });

  it('serves two streams in turn, each its own words', async () => {
    const runs = [officialRun('en_espeak_0'), officialRun('fr_espeak_0')] as const;
    const { open, lm, mimi } = bench(runs[0].official, runs[1].official);
    const heard = [new Recorder(), new Recorder()] as const;
    const sessions = [open(heard[0]), open(heard[1])] as const;
    pushMany(sessions[0], runs[0].frames);
    pushMany(sessions[1], runs[1].frames);
    await Promise.all(sessions.map((session) => session.finish()));

    runs.forEach(({ official }, i) =>
      assert.equal(heard[i as 0 | 1].words.map(({ text }) => text).join(' '), official.text),
    );
    assert.deepEqual(lm.order.slice(0, 12), [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    assert.deepEqual(mimi.together.slice(0, 12), new Array(12).fill(2));
  });

  it('lets the host’s messages in between two frames', async () => {
    const { open } = bench();
    const heard = new Recorder();
    const session = open(heard);
    pushMany(session, 50);
    let seen = -1;
    setImmediate(() => (seen = heard.frames.length));
    await session.finish();
    assert.ok(seen >= 0 && seen < 50, `the host was heard after ${seen} frames`);
  });

  it('tells how far behind it is, and when it has caught up', async () => {
    const { open } = bench();
    const heard = new Recorder();
    const session = open(heard);
    pushMany(session, 40);
    assert.deepEqual(heard.backlogs, [1.04, 2, 3.04]);
    await session.finish();
    assert.equal(heard.backlogs.at(-1), 0);
    assert.equal(heard.backlogs.filter((seconds) => seconds === 0).length, 1);
  });

  it('tells a backlog that comes and goes by a frame once, and one that is worked off second by second', async () => {
    const { open } = bench();
    const heard = new Recorder();
    const session = open(heard);
    pushMany(session, 50);
    // As from a microphone: one comes for each that is taken.
    heard.onConsumed = (index) => {
      if (index < 100) session.push(frame());
    };
    while (heard.frames.length < 100) await new Promise((resolve) => setImmediate(resolve));
    await session.finish();
    assert.deepEqual(heard.backlogs, [1.04, 2, 3.04, 4, 2.96, 1.92, 0]);
  });

  it('refuses a frame of another length and names both', () => {
    const session = bench().open(new Recorder());
    assert.throws(() => session.push(new Float32Array(960)), /960 samples, expected 1920 \(invalid-argument\)/);
    session.abort();
  });

  it('refuses frames after finish', async () => {
    const session = bench().open(new Recorder());
    const finished = session.finish();
    assert.throws(() => session.push(frame()), code('invalid-state'));
    await finished;
    assert.throws(() => session.push(frame()), code('invalid-state'));
  });

  it('finishes without audio, at once and without words', async () => {
    const { open, lm } = bench(officialRun('en_espeak_0').official);
    const heard = new Recorder();
    const metrics = await open(heard).finish();
    assert.deepEqual([metrics.frames, metrics.steps, metrics.rtf], [0, 0, 0]);
    assert.deepEqual(heard.log, []);
    assert.equal(lm.live, 0);
  });

  it('answers a second finish with the first one’s promise', async () => {
    const session = bench().open(new Recorder());
    pushMany(session, 3);
    const finished = session.finish();
    assert.equal(session.finish(), finished);
    await finished;
    assert.equal(session.finish(), finished);
  });

  it('waits for a GPU that is behind, and goes on when it answers', async () => {
    const { official, frames } = officialRun('en_espeak_0');
    const { open, lm } = bench(official);
    const results: (() => void)[] = [];
    lm.deliver = (result) => results.push(result);
    const heard = new Recorder();
    const session = open(heard);
    pushMany(session, frames);
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    while (results.length < 4) await turn();
    for (let i = 0; i < 20; i++) await turn();
    assert.equal(results.length, 4);
    assert.ok(session.waiting > 30, 'the frames wait in the queue');
    lm.deliver = (result) => result();
    for (const result of results) result();
    await session.finish();
    assert.equal(heard.words.map(({ text }) => text).join(' '), official.text);
  });

  it('says nothing after an abort, and gives its memory back', async () => {
    const { open, mimi, lm, released } = bench(officialRun('en_espeak_0').official);
    const heard = new Recorder();
    const session = open(heard);
    pushMany(session, 30);
    const finished = session.finish();
    session.abort();
    session.abort();
    await assert.rejects(finished, { name: 'AbortError' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(heard.log, []);
    assert.deepEqual([mimi.live, lm.live, released.length], [0, 0, 1]);
    await assert.rejects(
      open(new Recorder())
        .finish()
        .then(() => session.finish()),
      { name: 'AbortError' },
    );
  });

  it('drops frames that were on their way when it was aborted', () => {
    const session = bench().open(new Recorder());
    session.abort();
    session.push(frame());
    assert.equal(session.waiting, 0);
  });

  it('can be aborted by the handler of its own word', async () => {
    const { official, frames } = officialRun('en_espeak_0');
    const { open, mimi, lm } = bench(official);
    const heard = new Recorder();
    const session = open(heard);
    heard.onWord = () => session.abort();
    pushMany(session, frames);
    await assert.rejects(session.finish(), { name: 'AbortError' });
    assert.equal(heard.words.length, 1);
    assert.equal(heard.log.length, 2);
    assert.deepEqual([mimi.live, lm.live], [0, 0]);
  });

  it('gives the codec’s memory back where the model has none left', () => {
    const { open, mimi, lm } = bench();
    lm.open = () => {
      throw new Error('no memory');
    };
    assert.throws(() => open(new Recorder()), /no memory/);
    assert.equal(mimi.live, 0);
  });
});
