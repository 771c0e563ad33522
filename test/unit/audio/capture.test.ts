/** Capturing without an audio thread. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Capture } from '../../../src/audio/capture.js';
import type { Level } from '../../../src/audio/level.js';
import { Resampler } from '../../../src/audio/resampler.js';
import type { AudioMessage } from '../../../src/protocol/messages.js';
import { concat, noise, sine } from './signals.js';

const QUANTUM = 128;

class RecordingSink {
  readonly messages: AudioMessage[] = [];
  readonly levels: Level[] = [];
  readonly silences: boolean[] = [];

  message(message: AudioMessage): void {
    this.messages.push(message);
  }

  level(level: Level): void {
    this.levels.push(level);
  }

  silent(silent: boolean): void {
    this.silences.push(silent);
  }

  get pcm(): Float32Array {
    return concat(this.messages.flatMap((message) => (message.type === 'frame' ? [message.pcm] : [])));
  }
}

/** Processes channels in render quanta, as the audio graph does. */
function play(capture: Capture, ...channels: Float32Array[]): void {
  const length = channels[0]?.length ?? 0;
  for (let at = 0; at < length; at += QUANTUM) capture.process(channels.map((each) => each.subarray(at, at + QUANTUM)));
}

/** Captures channels from start to end. */
function captured(rate: number, ...channels: Float32Array[]): RecordingSink {
  const sink = new RecordingSink();
  const capture = new Capture(sink, rate);
  play(capture, ...channels);
  capture.end();
  return sink;
}

function resampled(input: Float32Array, rate: number): Float32Array {
  const resampler = new Resampler(rate, 24_000);
  return concat([resampler.process(input).slice(), resampler.flush().slice()]);
}

describe('capture', () => {
  for (const rate of [44_100, 48_000, 24_000, 16_000]) {
    it(`emits the resampled audio in whole frames, then end, from ${rate} Hz`, () => {
      const input = noise(QUANTUM * 300);
      const { messages, pcm } = captured(rate, input);
      const expected = resampled(input, rate);
      assert.deepEqual(pcm.subarray(0, expected.length), expected);
      assert.equal(pcm.length, Math.ceil(expected.length / 1_920) * 1_920);
      assert.deepEqual(
        messages.map((message) => (message.type === 'frame' ? message.index : message.type)),
        [...Array(pcm.length / 1_920).keys(), 'end'],
      );
    });
  }

  it('averages channels', () => {
    const [left, right] = [noise(QUANTUM * 30, 1), noise(QUANTUM * 30, 2)];
    const mean = left.map((sample, i) => (sample + (right[i] ?? 0)) / 2);
    assert.deepEqual(captured(24_000, left, right).pcm.subarray(0, mean.length), mean);
  });

  it('handles a changing number of channels', () => {
    const sink = new RecordingSink();
    const capture = new Capture(sink, 24_000);
    const one = new Float32Array(QUANTUM).fill(0.5);
    const half = new Float32Array(QUANTUM).fill(0.25);
    capture.process([one]);
    capture.process([one, half, half, one]);
    capture.process([]);
    capture.process([half, half]);
    capture.end();
    assert.deepEqual(
      [0, 1, 2, 3].map((quantum) => sink.pcm[quantum * QUANTUM]),
      [0.5, 0.375, 0, 0.25],
    );
  });

  it('counts calls without channels as silence', () => {
    const sink = new RecordingSink();
    const capture = new Capture(sink, 24_000);
    for (let quantum = 0; quantum < 30; quantum++) capture.process([]);
    assert.equal(sink.messages.length, 2); // 3 840 samples
  });

  it('replaces non-finite samples by zeros', () => {
    const input = new Float32Array(QUANTUM).fill(0.5);
    input[5] = NaN;
    input[6] = -Infinity;
    const { pcm } = captured(24_000, input);
    assert.deepEqual([...pcm.subarray(4, 8)], [0.5, 0, 0, 0.5]);
  });

  it('ignores input while paused and joins the audio before and after', () => {
    const sink = new RecordingSink();
    const capture = new Capture(sink, 24_000);
    const [before, during, after] = [noise(QUANTUM * 20, 1), noise(QUANTUM * 20, 2), noise(QUANTUM * 20, 3)];
    play(capture, before);
    capture.pause();
    play(capture, during);
    capture.resume();
    play(capture, after);
    capture.end();
    assert.deepEqual(sink.pcm.subarray(0, QUANTUM * 40), concat([before, after]));
  });

  it('emits end once and nothing after it', () => {
    const sink = new RecordingSink();
    const capture = new Capture(sink, 48_000);
    capture.end();
    capture.end();
    capture.resume();
    play(capture, noise(QUANTUM * 100));
    assert.deepEqual(sink.messages, [{ type: 'end' }]);
    assert.equal(capture.ended, true);
  });

  it('emits nothing after an abort', () => {
    const sink = new RecordingSink();
    const capture = new Capture(sink, 48_000);
    play(capture, noise(QUANTUM * 10));
    capture.abort();
    capture.end();
    assert.deepEqual(sink.messages, []);
  });

  it('emits the remaining audio when it is ended during a pause', () => {
    const sink = new RecordingSink();
    const capture = new Capture(sink, 24_000);
    const input = noise(QUANTUM * 4);
    play(capture, input);
    capture.pause();
    capture.end();
    assert.deepEqual(sink.pcm.subarray(0, input.length), input);
  });

  it('measures loudness 12.5 times per second', () => {
    const { levels } = captured(48_000, sine(500, 48_000, 1.6, 0.5));
    assert.equal(levels.length, 20);
    for (const { rms, peak } of levels) {
      assert.ok(Math.abs(rms - 0.5 / Math.SQRT2) < 0.001, `rms ${rms}`);
      assert.ok(Math.abs(peak - 0.5) < 0.001, `peak ${peak}`);
    }
  });

  it('resets the level when it pauses', () => {
    const sink = new RecordingSink();
    const capture = new Capture(sink, 48_000);
    play(capture, sine(500, 48_000, 0.1, 0.5));
    capture.pause();
    assert.deepEqual(sink.levels.at(-1), { rms: 0, peak: 0 });
  });

  it('reports digital silence after 2 s, and its end', () => {
    const sink = new RecordingSink();
    const capture = new Capture(sink, 16_000);
    play(capture, new Float32Array(32_000));
    assert.deepEqual(sink.silences, []);
    play(capture, new Float32Array(QUANTUM));
    assert.deepEqual(sink.silences, [true]);
    play(capture, new Float32Array(32_000));
    assert.deepEqual(sink.silences, [true]);
    play(capture, noise(QUANTUM));
    assert.deepEqual(sink.silences, [true, false]);
  });

  it('does not report a quiet room as silent', () => {
    const sink = captured(
      16_000,
      noise(64_000).map((sample) => sample * 1e-5),
    );
    assert.deepEqual(sink.silences, []);
  });
});
