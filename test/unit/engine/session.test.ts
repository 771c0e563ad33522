/** One stream and several, on a codec and a model of fixed answers. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SttError } from '../../../src/errors.js';
import { Schedule } from '../../../src/engine/schedule.js';
import { Session, type SessionHandlers } from '../../../src/engine/session.js';
import type { WireWord } from '../../../src/protocol/messages.js';
import { config, FakeLm, FakeMimi, FRAME_SIZE, officialRun, tokenizer, type Run } from './fake-model.js';

class Recorder implements SessionHandlers {
  readonly words: (WireWord & { stop: number | null })[] = [];
  readonly log: string[] = [];
  readonly frames: number[] = [];
  readonly backlogs: number[] = [];
  error: SttError | undefined;
  onWord: () => void = () => undefined;

  partial(text: string): void {
    this.log.push(`~${text}`);
  }
  word(word: WireWord): void {
    this.words.push({ ...word, stop: null });
    this.log.push(word.text);
    this.onWord();
  }
  wordEnd(index: number, end: number): void {
    const word = this.words[index];
    assert.ok(word);
    word.stop = end;
  }
  turn(): void {
    this.log.push('turn');
  }
  final(): void {
    this.log.push('final');
  }
  backlog(seconds: number): void {
    this.backlogs.push(seconds);
  }
  taken(index: number): void {
    this.frames.push(index);
  }
  failed(error: SttError): void {
    this.log.push('failed');
    this.error = error;
  }
}

interface Bench {
  readonly mimi: FakeMimi;
  readonly lm: FakeLm;
  readonly released: Session[];
  readonly open: (recorder: SessionHandlers) => Session;
}

function bench(...runs: readonly Run[]): Bench {
  const [mimi, lm, released] = [new FakeMimi(), new FakeLm(...runs), [] as Session[]];
  const parts = {
    config,
    mimi,
    lm,
    tokenizer,
    schedule: new Schedule(() => new Promise((resolve) => setImmediate(resolve))),
    turns: {},
  };
  return { mimi, lm, released, open: (recorder) => new Session(parts, recorder, (session) => released.push(session)) };
}

const frame = (value = 0.1): Float32Array => new Float32Array(FRAME_SIZE).fill(value);
const pushMany = (session: Session, count: number): void => {
  for (let i = 0; i < count; i++) session.push(frame());
};

const code =
  (expected: string) =>
  (error: unknown): boolean =>
    (error as SttError).code === expected;

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
    const { open, lm } = bench(runs[0].official, runs[1].official);
    const heard = [new Recorder(), new Recorder()] as const;
    const sessions = [open(heard[0]), open(heard[1])] as const;
    pushMany(sessions[0], runs[0].frames);
    pushMany(sessions[1], runs[1].frames);
    await Promise.all(sessions.map((session) => session.finish()));

    runs.forEach(({ official }, i) =>
      assert.equal(heard[i as 0 | 1].words.map(({ text }) => text).join(' '), official.text),
    );
    // Step 0 and the first frame are one turn; afterwards they alternate.
    assert.deepEqual(lm.order.slice(0, 12), [0, 0, 1, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
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
    while (results.length < 38) await new Promise((resolve) => setImmediate(resolve));
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
    assert.deepEqual(heard.log, ['failed']);
    assert.match(heard.error?.message ?? '', /step 4/);
    assert.deepEqual(heard.frames, [0, 1, 2]);
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
