/** Turn options of a page: their conversion, their limits and their scope. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { turnOptions } from '../../../src/engine/turn-options.js';
import { Engine } from '../../../src/engine/engine.js';
import { config, FakeLm, FakeMimi, officialRun, tokenizer } from './fake-model.js';
import { code, pushMany, Recorder } from './session-bench.js';

describe('turn options', () => {
  it('select the head with the nearest horizon', () => {
    assert.deepEqual(
      [0.5, 0.7, 1, 2, 2.6, 10].map((horizon) => turnOptions({ horizon }).horizonIndex),
      [0, 0, 1, 2, 3, 3],
    );
    assert.deepEqual(turnOptions({ threshold: 0.8 }), { threshold: 0.8 });
    assert.deepEqual(turnOptions({}), {});
  });

  it('reject invalid thresholds and horizons', () => {
    for (const threshold of [0, 1, -1, NaN]) assert.throws(() => turnOptions({ threshold }), code('invalid-argument'));
    for (const horizon of [0, -2, NaN, Infinity])
      assert.throws(() => turnOptions({ horizon }), code('invalid-argument'));
  });

  it('apply to one stream only', async () => {
    const { official, frames } = officialRun('en_long_15s');
    const lm = new FakeLm(official, official);
    const parts = {
      name: 'fake',
      config,
      build: 'simd',
      mimi: new FakeMimi(),
      lm,
      tokenizer,
      memoryBytes: () => 0,
    } as const;
    const engine = new Engine(parts, { yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)) });
    const [usual, never] = [new Recorder(), new Recorder()];
    const sessions = [engine.open(usual.emit), engine.open(never.emit, { turns: { threshold: 0.9999 } })];
    for (const session of sessions) pushMany(session, frames);
    await Promise.all(sessions.map((session) => session.finish()));
    const turns = ({ log }: Recorder): number => log.filter((entry) => entry === 'turn').length;
    assert.ok(turns(usual) >= 2);
    assert.ok(turns(never) < turns(usual));
  });
});
