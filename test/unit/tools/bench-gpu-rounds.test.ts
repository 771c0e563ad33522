/** Turns of the GPU benchmark, with a fake clock. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { median, timeInTurns, type Contender } from '../../../tools/bench-gpu-rounds.js';

/** Contenders whose passes advance a fake clock by given times. */
function stage(costs: Record<string, (pass: number) => number>) {
  let time = 0;
  const passes: string[] = [];
  const contenders = Object.entries(costs).map(([name, cost]): Contender => {
    let pass = 0;
    return {
      name,
      side: 'ours',
      pass: () => {
        passes.push(name);
        time += cost(pass++);
      },
      result: () => Promise.resolve(new Float32Array()),
    };
  });
  const options = { settled: () => Promise.resolve(), now: () => time };
  return { contenders, options, passes };
}

describe('timeInTurns', () => {
  it('rotates which contender runs first', async () => {
    const { contenders, options, passes } = stage({ a: () => 10, b: () => 10, c: () => 10 });
    await timeInTurns(contenders, { ...options, rounds: 3, turnMs: 10 });
    assert.equal(passes.slice(3).join(''), 'abc' + 'bca' + 'cab');
  });

  it('repeats a fast contender until its turn is long enough', async () => {
    const { contenders, options, passes } = stage({ quick: () => 2, slow: () => 50 });
    const [quick, slow] = await timeInTurns(contenders, { ...options, rounds: 1, turnMs: 20 });
    assert.equal(passes.filter((name) => name === 'quick').length, 1 + 10);
    assert.equal(passes.filter((name) => name === 'slow').length, 1 + 1);
    assert.equal(quick?.median, 2);
    assert.equal(slow?.median, 50);
  });

  it('takes the median over the rounds', async () => {
    const { contenders, options } = stage({ a: (pass) => (pass === 2 ? 900 : 10 + pass) });
    const [timing] = await timeInTurns(contenders, { ...options, rounds: 5, turnMs: 1 });
    assert.deepEqual(timing, { median: 14, least: 11 });
  });

  it('includes the wait for the GPU', async () => {
    const { contenders, options } = stage({ a: () => 1 });
    let time = 0;
    const settled = (): Promise<void> => Promise.resolve(void (time += 3));
    const [timing] = await timeInTurns(contenders, { settled, now: () => options.now() + time, rounds: 1, turnMs: 1 });
    assert.equal(timing?.median, 1 + 3);
  });
});

describe('median', () => {
  it('is the middle value, or the mean of the two in the middle', () => {
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([9, 1, 5, 4]), 4.5);
  });

  it('is NaN for an empty list', () => {
    assert.ok(Number.isNaN(median([])));
  });
});
