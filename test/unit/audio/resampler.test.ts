/** The resampler compared with its definition, with SoX, and with its documented figures. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fir } from '../../../kernels/reference/fir.js';
import { halfWidth, impulseResponse, PASS_EDGE, STOP_BAND_DB, STOP_EDGE } from '../../../src/audio/low-pass.js';
import { Resampler } from '../../../src/audio/resampler.js';
import { SttError } from '../../../src/errors.js';
import { chirp, concat, decibels, noise, sine, snr } from './signals.js';

const CODEC_RATE = 24_000;
const RATES = [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 47_999, 48_000, 88_200, 96_000, 192_000];
const PASS_BAND_RIPPLE = 0.01; // dB, as documented
const DEFINITION_SNR = 90; // dB: f32 taps, rows scaled to sum 1, and interpolation for 47 999 Hz
const GOLDEN_SNR = 100; // dB: two filters of different design, both flat where the chirp is

/** Processes `input` in chunks of the given sizes, repeated cyclically. */
function resample(input: Float32Array, from: number, to: number, sizes: readonly number[] = [128]): Float32Array {
  const resampler = new Resampler(from, to);
  const parts: Float32Array[] = [];
  for (let read = 0, turn = 0; read < input.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    parts.push(resampler.process(input.subarray(read, read + size)).slice());
    read += size;
  }
  parts.push(resampler.flush().slice());
  return concat(parts);
}

/** Level of the middle of a resampled sine in dB of full scale, without the edges, which adjoin silence. */
function gain(frequency: number, from: number, to: number): number {
  const output = resample(sine(frequency, from, 0.5), from, to);
  return decibels(output.subarray(output.length / 4, (output.length * 3) / 4));
}

describe('resampler', () => {
  for (const rate of RATES) {
    it(`matches the windowed sinc of its definition, from ${rate} Hz`, () => {
      const input = noise(Math.round(rate * 0.06));
      const expected = fir(input, rate, CODEC_RATE, impulseResponse(rate, CODEC_RATE), halfWidth(rate, CODEC_RATE));
      const found = resample(input, rate, CODEC_RATE);
      assert.equal(found.length, expected.length);
      const ratio = snr(found, expected);
      assert.ok(ratio > DEFINITION_SNR, `${ratio} dB`);
    });

    it(`is flat to ${PASS_EDGE} of the lower rate, from ${rate} Hz`, () => {
      const lower = Math.min(rate, CODEC_RATE);
      for (const share of [0.01, 0.1, 0.2, 0.3, 0.4, 0.43, PASS_EDGE]) {
        const ripple = gain(share * lower, rate, CODEC_RATE);
        assert.ok(Math.abs(ripple) < PASS_BAND_RIPPLE, `${ripple} dB at ${share * lower} Hz`);
      }
    });
  }

  for (const rate of RATES.filter((each) => each > CODEC_RATE)) {
    it(`does not alias at 24 kHz, from ${rate} Hz`, () => {
      for (const share of [STOP_EDGE, 0.505, 0.52, 0.55, 0.6, 0.63, 0.66]) {
        const leak = gain(share * CODEC_RATE, rate, CODEC_RATE);
        assert.ok(leak < -STOP_BAND_DB, `${leak} dB at ${share * CODEC_RATE} Hz`);
      }
    });
  }

  it('suppresses images of 8 kHz audio above 4 kHz', () => {
    const tone = 1_000; // its images are at 7 000 and 9 000 Hz
    const output = resample(sine(tone, 8_000, 0.5), 8_000, CODEC_RATE).subarray(2_000, 10_000);
    const clean = sine(tone, CODEC_RATE, 0.5).subarray(2_000, 10_000);
    assert.ok(snr(output, clean) > STOP_BAND_DB);
  });

  for (const rate of [44_100, 16_000]) {
    it(`agrees with SoX on a chirp, from ${rate} Hz`, () => {
      const bytes = readFileSync(new URL(`../../fixtures/audio/chirp-${rate}-to-24000.f32`, import.meta.url));
      const golden = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
      const found = resample(chirp(rate), rate, CODEC_RATE);
      assert.equal(found.length, golden.length);
      const ratio = snr(found, golden);
      assert.ok(ratio > GOLDEN_SNR, `${ratio} dB`);
    });
  }

  for (const rate of [44_100, 47_999, 48_000, 8_000]) {
    it(`gives the same samples for any chunk size, from ${rate} Hz`, () => {
      const input = noise(20_000);
      const whole = resample(input, rate, CODEC_RATE, [input.length]);
      for (const sizes of [[1], [128], [7, 0, 1_023, 2], [4_096], [9_999, 1]]) {
        assert.deepEqual(resample(input, rate, CODEC_RATE, sizes), whole, `chunks of ${sizes.join(', ')}`);
      }
    });

    it(`gives round(n · out / in) samples, from ${rate} Hz`, () => {
      for (const length of [0, 1, 2, 3, 127, 128, 129, 1_000, 44_100, 100_003]) {
        const found = resample(new Float32Array(length), rate, CODEC_RATE, [4_096]).length;
        assert.equal(found, Math.round((length * CODEC_RATE) / rate), `${length} samples`);
      }
    });
  }

  it('compensates its delay', () => {
    const input = new Float32Array(4_800);
    input[2_400] = 1; // 50 ms
    const output = resample(input, 48_000, CODEC_RATE);
    assert.equal(output.indexOf(Math.max(...output)), 1_200);
  });

  it('passes a constant through unchanged', () => {
    for (const rate of RATES) {
      const middle = resample(new Float32Array(rate / 5).fill(0.25), rate, CODEC_RATE).subarray(1_000, 3_000);
      for (const sample of middle) assert.ok(Math.abs(sample - 0.25) < 1e-6, `${sample} from ${rate} Hz`);
    }
  });

  it('does not drift in a minute of 47 999 Hz', () => {
    const resampler = new Resampler(47_999, CODEC_RATE);
    const second = new Float32Array(47_999);
    let made = 0;
    for (let each = 0; each < 60; each++) made += resampler.process(second).length;
    made += resampler.flush().length;
    assert.equal(made, 60 * CODEC_RATE);
  });

  it('passes equal rates through bit for bit', () => {
    const input = noise(1_000);
    input[3] = NaN;
    assert.deepEqual(resample(input, CODEC_RATE, CODEC_RATE), input);
  });

  it('accepts a fractional rate', () => {
    assert.equal(resample(new Float32Array(96_001), 48_000.5, CODEC_RATE).length, 48_000);
  });

  it('gives the same output for a second stream', () => {
    const resampler = new Resampler(44_100, CODEC_RATE);
    const input = noise(5_000);
    const once = (): Float32Array => concat([resampler.process(input).slice(), resampler.flush().slice()]);
    assert.deepEqual(once(), once());
  });

  it('reuses a few views for a constant chunk size', () => {
    const resampler = new Resampler(44_100, CODEC_RATE);
    const block = noise(128);
    const views = new Set<Float32Array>();
    for (let each = 0; each < 1_000; each++) views.add(resampler.process(block));
    assert.ok(views.size <= 4, `${views.size} views`); // 0, 69 and 70 samples, and the shorter first output
  });

  it('rejects an invalid rate', () => {
    for (const rate of [0, -1, NaN, Infinity, 2_999, 1e6]) {
      assert.throws(
        () => new Resampler(rate, CODEC_RATE),
        (error) => error instanceof SttError && error.code === 'invalid-argument' && error.message.includes(`${rate}`),
      );
    }
  });
});
