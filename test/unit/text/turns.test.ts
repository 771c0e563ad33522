/** Pause probabilities become turns, and turns become final utterances. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Turns, type TurnOptions } from '../../../src/text/turns.js';

const clock = { frameRate: 12.5, delaySteps: 6, prefixSteps: 0 };

interface Step {
  /** Start of a word given out at this step. */
  readonly word?: number;
  readonly pause?: number;
  readonly open?: boolean;
}

/** Runs the steps and lists what was said, each with the 0-based step it was said at. */
function run(steps: readonly Step[], options: TurnOptions = {}, heads = 4, close = true): string[] {
  const said: string[] = [];
  let at = 0;
  const turns = new Turns(
    clock,
    (event) => said.push(`${at}: ${event.type === 'turn' ? `turn ${event.time} p=${event.probability}` : 'final'}`),
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
  return said;
}

const quiet = (count: number): Step[] => Array.from({ length: count }, () => ({}));
const pause = (count: number): Step[] => Array.from({ length: count }, () => ({ pause: 0.75 }));

describe('turns', () => {
  it('gives one turn for one silence, and the final once the delayed words are out', () => {
    const said = run([...quiet(10), { word: 0.4 }, ...pause(20)], {}, 4, false);
    assert.deepEqual(said, ['11: turn 0.88 p=0.75', '17: final']);
  });

  it('says nothing of silence before speech has begun', () => {
    assert.deepEqual(run(pause(40)), []);
  });

  it('waits with the final for a word that is still open', () => {
    const open = Array.from({ length: 8 }, () => ({ open: true, pause: 0.75 }));
    assert.deepEqual(run([{ word: 0 }, ...pause(1), ...open, ...quiet(5)], {}, 4, false), [
      '1: turn 0.08 p=0.75',
      '10: final',
    ]);
  });

  it('does not take a late word of the ended turn for a new one', () => {
    const said = run(
      [...quiet(10), { word: 0.3 }, ...pause(3), { word: 0.6, pause: 0.75 }, ...pause(20)],
      {},
      4,
      false,
    );
    assert.equal(said.filter((line) => line.includes('turn')).length, 1);
  });

  it('gives another turn after a word that started since', () => {
    const said = run([{ word: 0 }, ...pause(20), { word: 1.2 }, ...quiet(3), ...pause(10)]);
    assert.deepEqual(
      said.map((line) => line.replace(/^\d+: /, '').replace(/ p=.*/, '')),
      ['turn 0.08', 'final', 'turn 2', 'final'],
    );
  });

  it('is final only at the end where the model has no pause heads', () => {
    assert.deepEqual(run([{ word: 0 }, ...pause(20)], {}, 0, false), []);
    assert.deepEqual(run([{ word: 0 }, ...pause(20)], {}, 0), ['21: final']);
  });

  it('has nothing to make final where nothing was said', () => {
    assert.deepEqual(run(quiet(20)), []);
  });

  it('asks the head and the threshold it is told', () => {
    assert.deepEqual(run([{ word: 0 }, ...pause(9)], { threshold: 0.8 }, 4, false), []);
    assert.deepEqual(run([{ word: 0 }, ...pause(9)], { horizonIndex: 3 }, 4, false), []);
    assert.equal(run([{ word: 0 }, ...pause(9)], { threshold: 0.7, horizonIndex: 2 }, 4, false).length, 2);
  });
});
