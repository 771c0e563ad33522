/** Test signals, and measures to compare them. */

/** A sine, [seconds·rate] f32. */
export function sine(frequency: number, rate: number, seconds: number, amplitude = 1): Float32Array {
  const step = (2 * Math.PI * frequency) / rate;
  return Float32Array.from({ length: Math.round(seconds * rate) }, (_, n) => amplitude * Math.sin(step * n + 0.3));
}

/**
 * 0.4 s at half scale, rising from 100 Hz to 0.4 × min(rate, 24 000) Hz, faded in and out over 20 ms so that it begins
 * and ends with nothing to smear. The goldens in test/fixtures/audio were made from it.
 */
export function chirp(rate: number): Float32Array {
  const seconds = 0.4;
  const top = 0.4 * Math.min(rate, 24_000);
  return Float32Array.from({ length: Math.round(seconds * rate) }, (_, n) => {
    const t = n / rate;
    const fade = Math.min(1, t / 0.02, (seconds - t) / 0.02);
    const phase = 2 * Math.PI * (100 * t + ((top - 100) * t * t) / (2 * seconds));
    return 0.5 * Math.sin((Math.PI / 2) * fade) ** 2 * Math.sin(phase);
  });
}

/** Pseudo-random samples in −1 … 1, the same for the same seed. */
export function noise(length: number, seed = 1): Float32Array<ArrayBuffer> {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** Signal-to-noise ratio of `found` relative to `expected`, dB. */
export function snr(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [signal, error] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    signal += (expected[i] ?? 0) ** 2;
    error += ((expected[i] ?? 0) - (found[i] ?? NaN)) ** 2;
  }
  return 10 * Math.log10(signal / error);
}

/** Power in dB; a full-scale sine is 0 dB. */
export function decibels(samples: Float32Array): number {
  return 10 * Math.log10((2 * samples.reduce((sum, sample) => sum + sample * sample, 0)) / samples.length);
}

/** The amplitude of one frequency, by correlation. */
export function amplitudeAt(frequency: number, samples: Float32Array, rate: number): number {
  const step = (2 * Math.PI * frequency) / rate;
  let [re, im] = [0, 0];
  samples.forEach((sample, n) => {
    re += sample * Math.cos(step * n);
    im += sample * Math.sin(step * n);
  });
  return (2 * Math.hypot(re, im)) / samples.length;
}

/** Concatenates `parts`. */
export function concat(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Throws unless every sample is within `tolerance` of the expected one; lists up to five differences. */
export function expectSamples(found: Float32Array, expected: Float32Array, tolerance = 0): void {
  if (found.length !== expected.length) throw new Error(`${found.length} samples, expected ${expected.length}`);
  const wrong = [...expected.keys()].filter((i) => !(Math.abs((found[i] ?? NaN) - (expected[i] ?? NaN)) <= tolerance));
  if (wrong.length === 0) return;
  const worst = Math.max(...wrong.map((i) => Math.abs((found[i] ?? NaN) - (expected[i] ?? NaN))));
  const lines = wrong.slice(0, 5).map((i) => `  [${i}] ${found[i] ?? 'none'}, expected ${expected[i] ?? 'none'}`);
  throw new Error([`${wrong.length} of ${expected.length} samples differ, by at most ${worst}:`, ...lines].join('\n'));
}
