/** Every way in which channels lose speech when they are averaged, mixed live and from a file. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ChannelMixer } from '../../../src/audio/channel-mixer.js';
import { LookaheadMixer } from '../../../src/audio/lookahead-mixer.js';
import { concat, decibels, expectSamples, noise, sine } from './signals.js';

const RATE = 24_000;
/** WAVE's masks, as ffmpeg and sox write them. */
const LAYOUT = { '5.1': 0x3f, '5.1(side)': 0x60f, '7.1': 0x63f, '3.0': 0x7, '2.1': 0xb, quad: 0x33 } as const;

/** A voice-like signal: three tones whose loudness rises and falls four times per second, with pauses between. */
function voice(seconds: number, frequency = 180): Float32Array {
  const parts = [1, 2.3, 5.1].map((factor) => sine(frequency * factor, RATE, seconds, 0.2 / factor));
  return Float32Array.from({ length: Math.round(seconds * RATE) }, (_, i) => {
    const envelope = Math.max(0, Math.sin((2 * Math.PI * 4 * i) / RATE)) ** 2;
    return envelope * parts.reduce((sum, part) => sum + (part[i] ?? 0), 0);
  });
}

const scaled = (samples: Float32Array, gain: number): Float32Array => samples.map((sample) => gain * sample);
const silence = (seconds: number): Float32Array => new Float32Array(Math.round(seconds * RATE));
const sum = (a: Float32Array, b: Float32Array): Float32Array => a.map((sample, i) => sample + (b[i] ?? 0));

/** Mixed in blocks of these sizes, in turn. */
function live(channels: readonly Float32Array[], layout = 0, sizes: readonly number[] = [128]): Float32Array {
  const mixer = new ChannelMixer(RATE, channels.length, layout);
  const mono = new Float32Array(channels[0]?.length ?? 0);
  for (let at = 0, turn = 0; at < mono.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    const part = channels.map((each) => each.subarray(at, at + size));
    mixer.process(part, mono.subarray(at));
    at += size;
  }
  return mono;
}

function recorded(channels: readonly Float32Array[], layout = 0, sizes: readonly number[] = [4_096]): Float32Array {
  const mixer = new LookaheadMixer(RATE);
  const parts: Float32Array[] = [];
  for (let at = 0, turn = 0; at < (channels[0]?.length ?? 0); turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    parts.push(
      mixer.process(
        channels.map((each) => each.subarray(at, at + size)),
        layout,
      ),
    );
    at += size;
  }
  return concat([...parts, mixer.flush()]);
}

/** The largest change from one sample to the next. */
const steepest = (samples: Float32Array): number =>
  samples.reduce((most, sample, i) => Math.max(most, Math.abs(sample - (samples[i - 1] ?? sample))), 0);

for (const [name, mix] of [
  ['ChannelMixer', live],
  ['LookaheadMixer', recorded],
] as const) {
  describe(name, () => {
    it('passes mono through', () => {
      const input = noise(RATE);
      expectSamples(mix([input]), input);
    });

    it('averages ordinary stereo exactly', () => {
      const shared = voice(3);
      for (const [left, right] of [
        [shared, shared],
        [sum(shared, scaled(noise(3 * RATE, 1), 0.02)), sum(shared, scaled(noise(3 * RATE, 2), 0.02))], // a room
        [shared, scaled(shared, 0.3)], // panned
        [shared, voice(3, 251)], // two speakers
      ] as const) {
        const mean = left.map((sample, i) => (sample + (right[i] ?? 0)) / 2);
        expectSamples(mix([left, right]), mean);
      }
    });

    it('gives the same samples however they are cut into blocks', () => {
      const left = concat([voice(1), silence(0.3), voice(1.3, 251)]);
      const channels = [left, concat([scaled(voice(1), -1), silence(0.3), silence(1.3)])];
      const expected = mix(channels, 0, [128]);
      for (const sizes of [[left.length], [1_000, 7], [480], [481]]) expectSamples(mix(channels, 0, sizes), expected);
    });

    it('does not click when it changes its mind', () => {
      const [first, second] = [voice(1.5), voice(1.5, 251)];
      const left = concat([first, second, first, silence(1.5)]);
      const right = concat([first, scaled(second, -1), silence(1.5), second]);
      const mono = mix([left, right]);
      // A gain moves by 1 in 20 ms, so by 1/480 of the signal per sample.
      const limit = Math.max(steepest(left), steepest(right)) + 2 / 480;
      assert.ok(steepest(mono) <= limit, `${steepest(mono)} at most, ${limit} expected`);
    });

    it('keeps the speech of channels that cancel from one moment on', () => {
      const [before, after] = [voice(2), voice(2, 251)];
      const mono = mix([concat([before, after]), concat([before, scaled(after, -1)])]);
      assert.ok(decibels(mono.subarray(2.1 * RATE)) > decibels(after.subarray(0.1 * RATE)) - 0.5);
    });

    it('returns to the mean when the channels agree again', () => {
      const [before, after] = [voice(2), voice(2, 251)];
      const right = concat([scaled(before, -1), scaled(after, 0.5)]);
      const mono = mix([concat([before, after]), right]);
      expectSamples(mono.subarray(3 * RATE), scaled(after, 0.75).subarray(RATE), 1e-7);
    });

    it('plays the louder of two channels that cancel', () => {
      const speech = voice(3);
      for (const [left, right, louder] of [
        [1, -1, 1],
        [1, -0.8, 1],
        [-0.6, 1, 1],
        [0.9, -0.95, -0.95],
      ] as const) {
        const mono = mix([scaled(speech, left), scaled(speech, right)]);
        const expected = scaled(speech, louder).subarray(RATE);
        const found = mono.subarray(RATE);
        const difference = Math.min(
          decibels(found.map((sample, i) => sample - (expected[i] ?? 0))),
          decibels(found.map((sample, i) => sample + (expected[i] ?? 0))),
        );
        assert.ok(difference < decibels(expected) - 12, `${left} and ${right}: ${difference} dB`);
      }
    });

    it('plays one live channel of a pair at full level', () => {
      const speech = voice(3);
      for (const other of [silence(3), scaled(noise(3 * RATE), 1e-4)]) {
        for (const pair of [
          [speech, other],
          [other, speech],
        ]) {
          const expected = sum(speech, other);
          expectSamples(mix(pair).subarray(RATE), expected.subarray(RATE), 1e-7);
        }
      }
    });

    it('loses nothing of a second speaker on a channel that was silent', () => {
      const [first, second] = [voice(3), voice(3, 251)];
      const mono = mix([concat([first, silence(3)]), concat([silence(3), second])]);
      // Never less than the mean, from its first sample on.
      second.forEach((sample, i) => {
        const found = Math.abs(mono[3 * RATE + i] ?? 0);
        assert.ok(found >= Math.abs(sample) / 2 - 1e-6, `sample ${i}`);
      });
    });

    it('plays the one live channel of sixteen at full level', () => {
      const speech = voice(3);
      const channels = Array.from({ length: 16 }, (_, c) => (c === 11 ? speech : silence(3)));
      expectSamples(mix(channels).subarray(RATE), speech.subarray(RATE), 1e-7);
    });

    it('weights surround by ITU-R BS.775', () => {
      const speech = scaled(voice(2), 0.5);
      const half = Math.SQRT1_2;
      for (const [layout, weights] of [
        ['5.1', [half, half, 1, 0, 0.5, 0.5]],
        ['5.1(side)', [half, half, 1, 0, 0.5, 0.5]],
        ['7.1', [half, half, 1, 0, 0.5, 0.5, 0.5, 0.5]],
        ['3.0', [half, half, 1]],
        ['2.1', [0.5, 0.5, 0]],
        ['quad', [0.5, 0.5, 0.5 * half, 0.5 * half]],
      ] as const) {
        weights.forEach((weight, place) => {
          const channels = weights.map((_, c) => (c === place ? speech : silence(2)));
          expectSamples(mix(channels, LAYOUT[layout]), scaled(speech, weight), 1e-6);
        });
      }
    });

    it('keeps surround within full scale', () => {
      const loud = scaled(voice(2), 4);
      const mono = mix(
        Array.from({ length: 6 }, () => loud),
        LAYOUT['5.1'],
      );
      assert.ok(mono.every((sample) => Math.abs(sample) <= 1));
      assert.ok(decibels(mono) > decibels(loud) - 6);
    });

    it('never plays low frequencies instead of speech', () => {
      const speech = scaled(voice(3), 0.05);
      const rumble = sine(40, RATE, 3, 0.9);
      const channels = [silence(3), silence(3), speech, rumble, silence(3), silence(3)];
      expectSamples(mix(channels, LAYOUT['5.1']), speech, 1e-7);
    });

    it('recovers from samples that are not finite', () => {
      const left = voice(2);
      const right = left.slice();
      left[100] = NaN;
      right[5_000] = Infinity;
      const mono = mix([left, right]);
      assert.ok(!Number.isFinite(mono[100]) && !Number.isFinite(mono[5_000]));
      expectSamples(mono.subarray(6_000), left.subarray(6_000));
    });
  });
}

describe('ChannelMixer, live', () => {
  it('decides within 60 ms that the channels cancel', () => {
    const tone = sine(300, RATE, 1, 0.3);
    const mono = live([scaled(tone, -0.9), tone]);
    expectSamples(mono.subarray(0.061 * RATE), tone.subarray(0.061 * RATE), 1e-7);
  });
});

describe('LookaheadMixer, recorded', () => {
  it('keeps the first syllable of channels that cancel, and of a live one beside a silent one', () => {
    const speech = voice(3);
    expectSamples(recorded([speech, scaled(speech, -0.5)]), speech, 1e-7);
    expectSamples(recorded([speech, silence(3)]), speech, 1e-7);
    const late = concat([silence(2), speech]);
    expectSamples(recorded([late, scaled(late, -0.5)]), late, 1e-7);
  });

  it('gives as many samples as it was given, for any length', () => {
    for (const length of [0, 1, 479, 480, 481, 12_479, 12_480, 12_481, 30_000]) {
      assert.equal(recorded([noise(length, 1), noise(length, 2)]).length, length);
    }
  });

  it('follows a change of the number of channels', () => {
    const mixer = new LookaheadMixer(RATE);
    const [one, two] = [noise(20_000, 1), noise(20_000, 2)];
    const parts = [mixer.process([one, one]), mixer.process([two]), mixer.process([one, one]), mixer.flush()];
    expectSamples(concat(parts), concat([one, two, one]));
  });
});
