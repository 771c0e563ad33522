/** A long stream's model starts again with an empty context, in pauses only, and no word is lost or repeated. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ContextRefresh, type Progress } from '../../../src/engine/context-refresh.js';
import { config, FRAME_SIZE, type Run } from './fake-model.js';
import { bench, Recorder } from './session-bench.js';

const { paddingToken: PAD, endOfPaddingToken: EOP, context } = config.lm;
const RATE = 12.5;
const DELAY = 6;
/** Steps of a word of one piece. */
const word = (token: number): number[] => [EOP, token, PAD, PAD];
const pad = (count: number): number[] => new Array<number>(count).fill(PAD);
const run = (...tokens: readonly number[][]): Run => ({ text: '', tokens: tokens.flat(), vad: [], words: [] });
const sound = (level: number): Float32Array => new Float32Array(FRAME_SIZE).map((_, i) => (i % 2 ? level : -level));
const quiet = (): Float32Array => sound(1e-4);
/** Speech, which is not as steady as noise. */
const loud = (at: number): Float32Array => sound(at % 5 === 4 ? 1e-3 : 0.1);

describe('when a context is refreshed', () => {
  const alignment = { frameRate: RATE, delaySteps: DELAY, prefixSteps: 0, minFlush: 18, maxFlush: 42 };
  const over: Omit<Progress, 'step'> = { isSpeech: false, wordOpen: false, turnOpen: false };

  /** The first step at which it is due, when steps before `speech` have speech; undefined below 1000. */
  function first(refresh: ContextRefresh, speech: number, after: Partial<Progress> = {}): number | undefined {
    for (let step = 0; step < 1000; step++)
      if (refresh.due({ step, ...over, ...after, isSpeech: step < speech })) return step;
    return undefined;
  }

  it('is after 60 % of the context at a turn, after 80 % within one', () => {
    assert.equal(first(new ContextRefresh(alignment, 750), 0), 450);
    assert.equal(first(new ContextRefresh(alignment, 750), 0, { turnOpen: true }), 600);
  });

  it('is after a second without speech', () => {
    assert.equal(first(new ContextRefresh(alignment, 750), 500), 500 + Math.ceil(RATE) - 1);
  });

  it('is never while a word is open', () => {
    assert.equal(first(new ContextRefresh(alignment, 750), 0, { wordOpen: true }), undefined);
  });

  it('waits as long as a model delays its text, and replays the silence that it begins with', () => {
    const delayed = new ContextRefresh({ ...alignment, delaySteps: 31, prefixSteps: 13 }, 375);
    assert.equal(delayed.lead, 13);
    assert.equal(first(delayed, 300), 300 + 31 + 13 - 1);
  });

  it('is not due over and over in a context of seconds', () => {
    const tiny = new ContextRefresh(alignment, 10);
    assert.ok((first(tiny, 0) ?? 0) >= 2 * tiny.lead);
  });
});

describe('a refreshed stream', () => {
  const words = run(pad(10), word(100), word(101), pad(50));
  const later = run(pad(14), word(102), word(103));
  const muchLater = run(pad(60), word(102), word(103));

  /** Pushes `before` loud frames, `silence` quiet ones, and 20 loud ones. */
  async function transcribe(
    { open, lm }: ReturnType<typeof bench>,
    { before = 60, silence = 30, pauses = true, after = later } = {},
  ): Promise<{ recorded: Recorder; refreshes: number; stepped: readonly (number | null)[] }> {
    lm.pause = (_, step) => (pauses && step > before ? 0.9 : 0);
    lm.afterReset = [after];
    const recorded = new Recorder();
    const session = open(recorded);
    for (let at = 0; at < before; at++) session.push(loud(at));
    for (let at = 0; at < silence; at++) session.push(quiet());
    for (let at = 0; at < 20; at++) session.push(loud(at));
    const { refreshes, recoveries } = await session.finish();
    assert.equal(recoveries, 0);
    assert.deepEqual(
      recorded.frames,
      Array.from({ length: before + silence + 20 }, (_, i) => i),
    );
    return { recorded, refreshes, stepped: lm.traces[0]!.stepped };
  }

  it('goes on half a second before the pause is noticed, with the words and times that follow', async () => {
    const { recorded, refreshes, stepped } = await transcribe(bench.refreshing(words));
    assert.equal(refreshes, 1);
    const restart = stepped.indexOf(null, 1);
    assert.equal(restart, Math.ceil(0.6 * context) + 1);
    // A fake codec's code is the frame's number: seven are fed again.
    const [last, again] = [Number(stepped[restart - 1]), Number(stepped[restart + 1])];
    assert.equal(again, last + 1 - Math.ceil(RATE / 2));
    assert.equal(recorded.words.length, 4);
    recorded.words.forEach(({ index, start, end, stop }, i) => {
      assert.equal(index, i);
      assert.ok(end >= start && stop !== null);
      assert.ok(i === 0 || start >= recorded.words[i - 1]!.end);
    });
    // Step 14 of the new context announces the third word.
    assert.ok(Math.abs(recorded.words[2]!.start - (again + 15 - DELAY) / RATE) < 1e-6);
  });

  it('keeps turns as they were', async () => {
    const { recorded } = await transcribe(bench.refreshing(words));
    const marks = recorded.log.filter((entry) => entry === 'turn' || entry === 'final');
    assert.deepEqual(marks.slice(0, 2), ['turn', 'final']);
  });

  it('goes on with the same utterance in a pause within a turn', async () => {
    const { recorded, refreshes, stepped } = await transcribe(bench.refreshing(words), { silence: 60, pauses: false });
    assert.equal(refreshes, 1);
    assert.equal(stepped.indexOf(null, 1), Math.ceil(0.8 * context) + 1);
    assert.equal(recorded.words.length, 4);
    assert.deepEqual(
      recorded.log.filter((entry) => entry === 'turn' || entry === 'final'),
      ['final'],
    );
  });

  it('ends the turn once the silence has lasted, if the new context does not expect it', async () => {
    const { recorded } = await transcribe(bench.refreshing(words), { silence: 90, pauses: false, after: muchLater });
    assert.deepEqual(
      recorded.log.filter((entry) => entry === 'turn' || entry === 'final' || recorded.words[2]?.text === entry),
      ['turn', 'final', recorded.words[2]?.text, 'final'],
    );
  });

  it('replays from the last result, when results come late', async () => {
    const made = bench.refreshing(words);
    const late: (() => void)[] = [];
    made.lm.waitsForFlush = true;
    made.lm.deliver = (result) => {
      late.push(result);
      if (late.length > 3) late.shift()?.();
    };
    const settle = setInterval(() => late.shift()?.(), 0);
    const { refreshes, stepped, recorded } = await transcribe(made);
    clearInterval(settle);
    assert.equal(refreshes, 1);
    const restart = stepped.indexOf(null, 1);
    const again = stepped.slice(restart + 1, restart + 1 + 30).map(Number);
    assert.ok(again[0]! <= Number(stepped[restart - 1]) + 1 - Math.ceil(RATE / 2));
    again.forEach((frame, i) => assert.equal(frame, again[0]! + i));
    assert.equal(recorded.words.length, 4);
  });

  it('is not refreshed in speech without a pause, nor in a short one', async () => {
    const talk = run(pad(10), ...Array.from({ length: 60 }, (_, i) => word(100 + ((i * i) % 47))));
    const { refreshes } = await transcribe(bench.refreshing(talk), { before: 150, silence: 10, pauses: false });
    assert.equal(refreshes, 0);
  });

  it('is not refreshed unless asked', async () => {
    const { refreshes, stepped } = await transcribe(bench(words));
    assert.equal(refreshes, 0);
    assert.equal(stepped.indexOf(null, 1), -1);
  });
});
