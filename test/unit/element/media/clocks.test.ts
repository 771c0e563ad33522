import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MediaClock } from '../../../../src/element/media/media-clock.js';
import { StreamClock } from '../../../../src/element/media/stream-clock.js';
import { clockTime, isoDuration } from '../../../../src/text/clock-time.js';

const near = (value: number | undefined, expected: number): void =>
  assert.ok(Math.abs((value ?? Infinity) - expected) < 1e-6, `${value} is not ${expected}`);

describe('StreamClock', () => {
  it('advances between reports, and relies on the least delayed one', () => {
    const clock = new StreamClock();
    for (let report = 1; report <= 10; report++) clock.tick(1_000 + 80 * report);
    near(clock.at(1_840), 0.84);
    // A page that was busy for a second receives twelve reports at once.
    for (let report = 11; report <= 22; report++) clock.tick(2_840);
    near(clock.at(2_840), 1.84);
  });

  it('stops while the stream is paused', () => {
    const clock = new StreamClock();
    clock.tick(80);
    clock.rest();
    near(clock.at(9_000), 0.08);
    clock.tick(9_000);
    near(clock.at(9_040), 0.2);
  });
});

describe('MediaClock', () => {
  it('follows the playback rate, and stops while the media is paused', () => {
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

  it('corrects a media clock that starts late, instead of detecting a jump', () => {
    // WebKitGTK: `currentTime` stops for a moment after `playing`, then jumps up to a second ahead of the elapsed time.
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

  it('detects a seek as a jump, even right after the start of playback', () => {
    const clock = new MediaClock();
    clock.sample(0, 0, 1);
    assert.equal(clock.sample(0.5, 1.5, 1, true), true);
    near(clock.toMedia(0.2)?.time, 0.2);
    // A later difference, or one backwards, is a jump even without a seek.
    assert.equal(clock.sample(5, 8, 1, false), true);
    assert.equal(clock.sample(6, 1, 1, false), true);
  });

  it('distinguishes jumps from late samples, and knows what earlier passes contain', () => {
    const clock = new MediaClock();
    clock.sample(0, 0, 1);
    assert.equal(clock.sample(10, 10.05, 1), false);
    assert.equal(clock.sample(11, 40, 1), true);
    assert.equal(clock.sample(15, 44, 1), false);
    assert.equal(clock.sample(15, 5, 1), true);
    assert.deepEqual(clock.toMedia(10), { time: 10, pass: 0 });
    assert.equal(clock.coveredBefore(6, 2), true);
    assert.equal(clock.coveredBefore(20, 2), false);
    assert.equal(clock.coveredBefore(41, 2), true);
    assert.equal(clock.coveredBefore(6, 0), false);
  });

  it('begins another pass at a break, and knows those of earlier streams', () => {
    const clock = new MediaClock();
    clock.sample(0, 0, 1);
    clock.sample(9, 9, 1);
    clock.break();
    assert.equal(clock.sample(9, 9, 1), true);
    assert.equal(clock.sample(12, 4, 1), true);
    assert.equal(clock.coveredBefore(5, clock.toMedia(13)?.pass ?? -1), true);
    near(clock.toMedia(3)?.time, 3);
  });

  it('covers what was transcribed of a pass', () => {
    const clock = new MediaClock();
    clock.sample(0, 10, 1);
    clock.sample(9, 19, 1);
    assert.equal(clock.coveredBefore(18.5, 1), true);
    assert.equal(clock.coveredBefore(18.5, 1, 1), false);
    clock.truncate(15);
    assert.equal(clock.coveredBefore(14, 1), true);
    assert.equal(clock.coveredBefore(16, 1), false);
    clock.truncate(0);
    assert.deepEqual(clock.passes, [{ from: 10, to: 10 }]);
  });

  it('forgets: earlier words have no place in another media', () => {
    const clock = new MediaClock();
    clock.sample(0, 0, 1);
    clock.forget(5);
    assert.equal(clock.toMedia(3), undefined);
    clock.sample(5, 0, 1);
    assert.equal(clock.toMedia(3), undefined);
    near(clock.toMedia(6)?.time, 1);
    assert.equal(clock.passes.length, 1);
  });

  it('has no media time before the first sample', () => {
    assert.equal(new MediaClock().toMedia(1), undefined);
  });
});

describe('clockTime and isoDuration', () => {
  it('format seconds, with hours from one hour on', () => {
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
