/** Removes what no decoder should give. */

/**
 * Replaces non-finite samples by 0: an unstable filter in the page's audio graph can produce NaN, which would stay in the
 * codec's state for the rest of the stream.
 */
export function zeroNonFinite(samples: Float32Array): void {
  for (let i = 0; i < samples.length; i++) if (!Number.isFinite(samples[i])) samples[i] = 0;
}
