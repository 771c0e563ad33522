import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MediaClock } from '../../../../src/element/media/media-clock.js';
import { StreamClock } from '../../../../src/element/media/stream-clock.js';
import { clockTime, isoDuration } from '../../../../src/element/words/clock-time.js';

const near = (value: number | undefined, expected: number): void =>
  assert.ok(Math.abs((value ?? Infinity) - expected) < 1e-6, `${value} is not ${expected}`);

describe("a stream's clock", () => {
  it('goes on between reports, and believes the least late of them', () => {
    const clock = new StreamClock();
    for (let report = 1; report <= 10; report++) clock.tick(1_000 + 80 * report);
    near(clock.at(1_840), 0.84);
    // A page that is busy for a second takes twelve reports at once.
    for (let report = 11; report <= 22; report++) clock.tick(2_840);
    near(clock.at(2_840), 1.84);
  });

  it('stands still with the stream', () => {
    const clock = new StreamClock();
    clock.tick(80);
    clock.rest();
    near(clock.at(9_000), 0.08);
    clock.tick(9_000);
    near(clock.at(9_040), 0.2);
  });
});

describe("a media's clock", () => {
  it('is straight while the media plays, at any rate, and flat while it stands', () => {
    const clock = new MediaClock();
    clock.sample(0, 10, 1);
    clock.sample(5, 15, 2);
    clock.sample(10, 25, 0);
    clock.sample(20, 25, 1);
    for (const [stream, media] of [
      [-1, 10],
      [4, 14],
      [6, 17],
      [12, 25],
      [21, 26],
    ] as const)
      near(clock.toMedia(stream)?.time, media);
    assert.equal(clock.passes.length, 1);
  });

  it('takes a clock that goes on late for one that was late, not for a leap', () => {
    // WebKitGTK: `currentTime` stands for a moment after `playing`, and then shows a second more than has gone by.
    for (const [stood, ahead] of [
      [0.3, 1.05],
      [0.7, 0.6],
      [0, 1.07],
    ] as const) {
      const clock = new MediaClock();
      clock.sample(1, 4, 0);
      clock.sample(3, stood === 0 ? 4 + ahead : 4, 1, false);
      assert.equal(clock.sample(3 + stood, 4 + stood + ahead, 1, false), false);
      assert.equal(clock.sample(8, 9 + ahead, 1, false), false);
      near(clock.toMedia(2)?.time, 4);
      for (const stream of [3, 3.1, 4, 8]) near(clock.toMedia(stream)?.time, 1 + stream + ahead);
      assert.equal(clock.passes.length, 1);
      assert.deepEqual(clock.passes[0], { from: 4, to: 9 + ahead });
    }
  });

  it('takes a seek for a leap, however short the time since it began to play', () => {
    const clock = new MediaClock();
    clock.sample(0, 0, 1);
    assert.equal(clock.sample(0.5, 1.5, 1, true), true);
    near(clock.toMedia(0.2)?.time, 0.2);
    // Nor is it late after it has played for a while, or when it goes back.
    assert.equal(clock.sample(5, 8, 1, false), true);
    assert.equal(clock.sample(6, 1, 1, false), true);
  });

  it('tells a leap from a late look, and knows what was heard before', () => {
    const clock = new MediaClock();
    clock.sample(0, 0, 1);
    assert.equal(clock.sample(10, 10.05, 1), false);
    assert.equal(clock.sample(11, 40, 1), true);
    assert.equal(clock.sample(15, 44, 1), false);
    assert.equal(clock.sample(15, 5, 1), true);
    assert.deepEqual(clock.toMedia(10), { time: 10, pass: 0 });
    assert.equal(clock.heardBefore(6, 2), true);
    assert.equal(clock.heardBefore(20, 2), false);
    assert.equal(clock.heardBefore(41, 2), true);
    assert.equal(clock.heardBefore(6, 0), false);
  });

  it('remembers what earlier streams heard', () => {
    const first = new MediaClock();
    first.sample(0, 0, 1);
    first.sample(9, 9, 1);
    const second = new MediaClock(first.passes);
    second.sample(0, 4, 1);
    assert.equal(second.heardBefore(5, second.toMedia(1)?.pass ?? -1), true);
  });

  it('knows nothing before the first sound', () => {
    assert.equal(new MediaClock().toMedia(1), undefined);
  });
});

describe('times', () => {
  it('are written as on a clock, with hours from the first one on', () => {
    assert.deepEqual([0, 65.9, 3_599, 3_600, 3_725, -1].map(clockTime), [
      '0:00',
      '1:05',
      '59:59',
      '1:00:00',
      '1:02:05',
      '0:00',
    ]);
    assert.equal(isoDuration(1.5), 'PT1.50S');
  });
});
