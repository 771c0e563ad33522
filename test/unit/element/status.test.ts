import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { next, pressAction, STATE_NAMES, type Signal, type Status } from '../../../src/element/status.js';
import { SttError } from '../../../src/errors.js';

const idle: Status = { name: 'idle' };
const ready: Status = { name: 'ready' };
const error = new SttError('network', 'cut');

function after(status: Status, ...signals: (Signal | Signal['type'])[]): Status {
  return signals.reduce<Status>(
    (now, one) => next(now, typeof one === 'string' ? ({ type: one } as Signal) : one),
    status,
  );
}

describe('status', () => {
  it('goes from idle to listening, and back to ready', () => {
    assert.equal(after(idle, 'start').name, 'loading');
    assert.deepEqual(after(idle, 'start', 'loaded'), {
      name: 'loading',
      phase: 'source',
      loaded: 0,
      total: 0,
      startRequested: true,
    });
    assert.equal(after(idle, 'start', 'loaded', 'opened').name, 'listening');
    assert.equal(after(idle, 'start', 'loaded', 'opened', 'stop').name, 'finishing');
    assert.equal(after(idle, 'start', 'loaded', 'opened', 'stop', 'done').name, 'ready');
  });

  it('becomes ready after a load that no start has followed', () => {
    assert.equal(after(idle, 'load', 'loaded').name, 'ready');
    assert.equal(after(idle, 'load', 'start', 'loaded').name, 'loading');
  });

  it('returns to idle when a load is stopped, and to ready when the model is loaded', () => {
    assert.equal(after(idle, 'start', 'stop').name, 'idle');
    assert.equal(after(ready, 'start', 'stop').name, 'ready');
    assert.equal(after(ready, 'start', 'abort').name, 'ready');
  });

  it('accepts progress only while the model is downloaded or prepared', () => {
    const progress: Signal = { type: 'progress', phase: 'download', loaded: 1, total: 2 };
    assert.deepEqual(after(idle, 'load', progress), {
      name: 'loading',
      phase: 'download',
      loaded: 1,
      total: 2,
      startRequested: false,
    });
    assert.equal(next(idle, progress), idle);
    const waiting = after(ready, 'start');
    assert.equal(next(waiting, progress), waiting);
  });

  it('starts to listen after a load with progress', () => {
    const progress: Signal = { type: 'progress', phase: 'prepare', loaded: 0, total: 0 };
    assert.equal(after(idle, 'start', progress, 'loaded', 'opened').name, 'listening');
  });

  it('pauses and resumes without finishing', () => {
    const listening = after(ready, 'start', 'opened');
    assert.equal(after(listening, 'pause').name, 'paused');
    assert.equal(after(listening, 'pause', 'resume').name, 'listening');
    assert.equal(after(listening, 'pause', 'stop').name, 'finishing');
  });

  it('can start again after a failure of any kind', () => {
    for (const state of [
      after(idle, 'start'),
      ready,
      after(ready, 'start', 'opened'),
      after(ready, 'start', 'opened', 'stop'),
    ]) {
      const failed = next(state, { type: 'failed', error });
      assert.deepEqual(failed, { name: 'failed', error });
      assert.equal(next(failed, { type: 'start' }).name, 'loading');
    }
  });

  it('fails from idle', () => {
    assert.deepEqual(next(idle, { type: 'failed', error }), { name: 'failed', error });
  });

  it('is ready again when a recording ends without a word', () => {
    assert.equal(after(ready, 'start', 'done').name, 'ready');
    assert.equal(after(idle, 'start', 'done').name, 'loading');
  });

  it('is idle after unload in every state', () => {
    const states = [
      after(idle, 'load'),
      ready,
      after(ready, 'start', 'opened'),
      next(ready, { type: 'failed', error }),
    ];
    for (const state of states) assert.equal(next(state, { type: 'unload' }).name, 'idle');
  });

  it('returns the same object for a signal that has no meaning in this status', () => {
    const listening = after(ready, 'start', 'opened');
    const ignored: [Status, Signal['type']][] = [
      [idle, 'stop'],
      [idle, 'done'],
      [idle, 'pause'],
      [ready, 'loaded'],
      [ready, 'load'],
      [ready, 'resume'],
      [listening, 'start'],
      [listening, 'loaded'],
    ];
    for (const [status, type] of ignored) assert.equal(next(status, { type } as Signal), status);
  });

  it('gives the button an action in every state but finishing', () => {
    const idleFor = STATE_NAMES.filter((state) => pressAction(state) === undefined);
    assert.deepEqual(idleFor, ['finishing']);
  });
});
