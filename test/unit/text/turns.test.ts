/** Turns and final utterances from pause probabilities. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Turns, type TurnOptions } from '../../../src/text/turns.js';

const clock = { frameRate: 12.5, delaySteps: 6, prefixSteps: 0 };

interface Step {
  /** Start of a word emitted at this step. */
  readonly word?: number;
  readonly pause?: number;
  readonly open?: boolean;
}

/** Runs the steps and lists the events, each with its 0-based step. */
function run(steps: readonly Step[], options: TurnOptions = {}, heads = 4, close = true): string[] {
  const events: string[] = [];
  let at = 0;
  const turns = new Turns(
    clock,
    (event) => events.push(`${at}: ${event.type === 'turn' ? `turn ${event.time} p=${event.probability}` : 'final'}`),
    options,
  );
  for (const { word, pause = 0, open = false } of steps) {
    if (word !== undefined) turns.word(word);
    const probabilities = new Float32Array(heads);
    if (heads > 2) probabilities[2] = pause;
    turns.step(probabilities, open);
    at++;
  }
  if (close) turns.close();
  return events;
}

const quiet = (count: number): Step[] => Array.from({ length: count }, () => ({}));
const pause = (count: number): Step[] => Array.from({ length: count }, () => ({ pause: 0.75 }));

describe('turns', () => {
  it('emits one turn per silence, and the final event once the delayed words are emitted', () => {
    const events = run([...quiet(10), { word: 0.4 }, ...pause(20)], {}, 4, false);
    assert.deepEqual(events, ['11: turn 0.88 p=0.75', '17: final']);
  });

  it('emits no turn for silence before the first word', () => {
    assert.deepEqual(run(pause(40)), []);
  });

  it('delays the final event while a word is open', () => {
    const open = Array.from({ length: 8 }, () => ({ open: true, pause: 0.75 }));
    assert.deepEqual(run([{ word: 0 }, ...pause(1), ...open, ...quiet(5)], {}, 4, false), [
      '1: turn 0.08 p=0.75',
      '10: final',
    ]);
  });

  it('ends the utterance before the next speaker’s first word, even if that word is open when it would end', () => {
    // The turn is at 0.8 s; the next speaker begins at 0.88 s.
    const steps = [...quiet(4), { word: 0.08 }, ...quiet(5), { pause: 0.75 }, ...quiet(4)];
    const events = run([...steps, { open: true }, { open: true }, { word: 0.88 }, ...quiet(3)]);
    assert.deepEqual(events, ['10: turn 0.8 p=0.75', '17: final', '21: final']);
  });

  it('does not start a new turn with a late word of the previous one', () => {
    const events = run(
      [...quiet(10), { word: 0.3 }, ...pause(3), { word: 0.6, pause: 0.75 }, ...pause(20)],
      {},
      4,
      false,
    );
    assert.equal(events.filter((line) => line.includes('turn')).length, 1);
  });

  it('emits another turn after a word that started since the last turn', () => {
    const events = run([{ word: 0 }, ...pause(20), { word: 1.2 }, ...quiet(3), ...pause(10)]);
    assert.deepEqual(
      events.map((line) => line.replace(/^\d+: /, '').replace(/ p=.*/, '')),
      ['turn 0.08', 'final', 'turn 2', 'final'],
    );
  });

  it('emits the final event only at the end if the model has no pause heads', () => {
    assert.deepEqual(run([{ word: 0 }, ...pause(20)], {}, 0, false), []);
    assert.deepEqual(run([{ word: 0 }, ...pause(20)], {}, 0), ['21: final']);
  });

  it('emits no final event without words', () => {
    assert.deepEqual(run(quiet(20)), []);
  });

  it('uses the given head and threshold', () => {
    assert.deepEqual(run([{ word: 0 }, ...pause(9)], { threshold: 0.8 }, 4, false), []);
    assert.deepEqual(run([{ word: 0 }, ...pause(9)], { horizonIndex: 3 }, 4, false), []);
    assert.equal(run([{ word: 0 }, ...pause(9)], { threshold: 0.7, horizonIndex: 2 }, 4, false).length, 2);
  });
});
