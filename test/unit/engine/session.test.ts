/** Sessions on a fake codec and a fake model: words, metrics, backlog, limits and aborts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { officialRun } from './fake-model.js';
import { bench, code, frame, pushMany, Recorder } from './session-bench.js';

describe('session', () => {
  it('emits the official words and times, then resolves with its metrics', async () => {
    const { official, frames } = officialRun('en_long_15s');
    const { open, mimi, lm, released } = bench(official);
    const recorded = new Recorder();
    const session = open(recorded);
    pushMany(session, frames);
    const metrics = await session.finish();

    assert.deepEqual(
      recorded.words.map(({ text, start }) => ({ text, start })),
      official.words.map(({ text, start }) => ({ text, start })),
    );
    for (const [i, { start, stop }] of recorded.words.entries())
      assert.ok(
        stop !== null && stop >= start && stop <= (official.words[i]?.stop ?? frames / 12.5),
        `word ${i}: ${stop}`,
      );
    assert.deepEqual(
      recorded.frames,
      Array.from({ length: frames }, (_, i) => i),
    );
    assert.equal(metrics.frames, frames);
    assert.equal(metrics.audioSeconds, frames / 12.5);
    assert.equal(metrics.steps, 1 + frames + 18);
    assert.equal(metrics.peakBacklog, frames);
    assert.ok(metrics.rtf >= 0 && Number.isFinite(metrics.mimiMs + metrics.lmMs));
    assert.equal(recorded.log.at(-1), 'final');
    assert.ok(recorded.log.filter((entry) => entry === 'turn').length >= 2);
    assert.deepEqual([mimi.live, lm.live, released.length], [0, 0, 1]);
  });

  it('emits a word that is open when the audio ends', async () => {
    const { official } = officialRun('en_human_1');
    const { open } = bench(official);
    const recorded = new Recorder();
    const session = open(recorded);
    // Step 11 of the run is inside its first word.
    pushMany(session, 10);
    await session.finish();
    assert.equal(recorded.words[0]?.text, 'minute');
  });

  it('serves two streams in turn with separate words', async () => {
    const runs = [officialRun('en_espeak_0'), officialRun('fr_espeak_0')] as const;
    const { open, lm, mimi } = bench(runs[0].official, runs[1].official);
    const recorded = [new Recorder(), new Recorder()] as const;
    const sessions = [open(recorded[0]), open(recorded[1])] as const;
    pushMany(sessions[0], runs[0].frames);
    pushMany(sessions[1], runs[1].frames);
    await Promise.all(sessions.map((session) => session.finish()));

    runs.forEach(({ official }, i) =>
      assert.equal(recorded[i as 0 | 1].words.map(({ text }) => text).join(' '), official.text),
    );
    assert.deepEqual(lm.order.slice(0, 12), [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    assert.deepEqual(mimi.together.slice(0, 12), new Array(12).fill(2));
  });

  it('yields to the host’s messages between two frames', async () => {
    const { open } = bench();
    const recorded = new Recorder();
    const session = open(recorded);
    pushMany(session, 50);
    let seen = -1;
    setImmediate(() => (seen = recorded.frames.length));
    await session.finish();
    assert.ok(seen >= 0 && seen < 50, `the host was recorded after ${seen} frames`);
  });

  it('reports its backlog, and 0 once caught up', async () => {
    const { open } = bench();
    const recorded = new Recorder();
    const session = open(recorded);
    pushMany(session, 40);
    assert.deepEqual(recorded.backlogs, [1.04, 2, 3.04]);
    await session.finish();
    assert.equal(recorded.backlogs.at(-1), 0);
    assert.equal(recorded.backlogs.filter((seconds) => seconds === 0).length, 1);
  });

  it('reports a backlog that varies by a frame once, and a shrinking one every second', async () => {
    const { open } = bench();
    const recorded = new Recorder();
    const session = open(recorded);
    pushMany(session, 50);
    // As from a microphone: one frame arrives for each that is consumed.
    recorded.onConsumed = (index) => {
      if (index < 100) session.push(frame());
    };
    while (recorded.frames.length < 100) await new Promise((resolve) => setImmediate(resolve));
    await session.finish();
    assert.deepEqual(recorded.backlogs, [1.04, 2, 3.04, 4, 2.96, 1.92, 0]);
  });

  it('rejects a frame of another length and names both lengths', () => {
    const session = bench().open(new Recorder());
    assert.throws(() => session.push(new Float32Array(960)), /960 samples, expected 1920 \(invalid-argument\)/);
    session.abort();
  });

  it('rejects frames after finish', async () => {
    const session = bench().open(new Recorder());
    const finished = session.finish();
    assert.throws(() => session.push(frame()), code('invalid-state'));
    await finished;
    assert.throws(() => session.push(frame()), code('invalid-state'));
  });

  it('finishes without audio at once and without words', async () => {
    const { open, lm } = bench(officialRun('en_espeak_0').official);
    const recorded = new Recorder();
    const metrics = await open(recorded).finish();
    assert.deepEqual([metrics.frames, metrics.steps, metrics.rtf], [0, 0, 0]);
    assert.deepEqual(recorded.log, []);
    assert.equal(lm.live, 0);
  });

  it('returns the same promise from a second finish', async () => {
    const session = bench().open(new Recorder());
    pushMany(session, 3);
    const finished = session.finish();
    assert.equal(session.finish(), finished);
    await finished;
    assert.equal(session.finish(), finished);
  });

  it('waits for a GPU with too many pending steps, and continues with its results', async () => {
    const { official, frames } = officialRun('en_espeak_0');
    const { open, lm } = bench(official);
    const results: (() => void)[] = [];
    lm.deliver = (result) => results.push(result);
    const recorded = new Recorder();
    const session = open(recorded);
    pushMany(session, frames);
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    while (results.length < 4) await turn();
    for (let i = 0; i < 20; i++) await turn();
    assert.equal(results.length, 4);
    assert.ok(session.waiting > 30, 'the frames wait in the queue');
    lm.deliver = (result) => result();
    for (const result of results) result();
    await session.finish();
    assert.equal(recorded.words.map(({ text }) => text).join(' '), official.text);
  });

  it('emits nothing after an abort and releases its memory', async () => {
    const { open, mimi, lm, released } = bench(officialRun('en_espeak_0').official);
    const recorded = new Recorder();
    const session = open(recorded);
    pushMany(session, 30);
    const finished = session.finish();
    session.abort();
    session.abort();
    await assert.rejects(finished, { name: 'AbortError' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(recorded.log, []);
    assert.deepEqual([mimi.live, lm.live, released.length], [0, 0, 1]);
    await assert.rejects(
      open(new Recorder())
        .finish()
        .then(() => session.finish()),
      { name: 'AbortError' },
    );
  });

  it('drops frames that were in transit when it was aborted', () => {
    const session = bench().open(new Recorder());
    session.abort();
    session.push(frame());
    assert.equal(session.waiting, 0);
  });

  it('can be aborted by the handler of a word event', async () => {
    const { official, frames } = officialRun('en_espeak_0');
    const { open, mimi, lm } = bench(official);
    const recorded = new Recorder();
    const session = open(recorded);
    recorded.onWord = () => session.abort();
    pushMany(session, frames);
    await assert.rejects(session.finish(), { name: 'AbortError' });
    assert.equal(recorded.words.length, 1);
    assert.equal(recorded.log.length, 2);
    assert.deepEqual([mimi.live, lm.live], [0, 0]);
  });

  it('releases the codec’s memory if the model has no memory left', () => {
    const { open, mimi, lm } = bench();
    lm.open = () => {
      throw new Error('no memory');
    };
    assert.throws(() => open(new Recorder()), /no memory/);
    assert.equal(mimi.live, 0);
  });
});
