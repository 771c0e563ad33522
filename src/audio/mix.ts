/** Mixes channels down to mono. */

/**
 * Writes the mean of `channels`, each [n] f32, into `mono`, which may be longer.
 *
 * The mean cannot clip, and a recording with one silent channel loses only 6 dB. Non-finite samples become 0: an
 * unstable filter in the page's audio graph can produce NaN, which would stay in the codec's state for the rest of the
 * stream.
 */
export function averageChannels(channels: readonly Float32Array[], mono: Float32Array): void {
  const length = channels[0]?.length ?? 0;
  const share = 1 / channels.length;
  for (let i = 0; i < length; i++) {
    let sum = 0;
    for (let c = 0; c < channels.length; c++) sum += channels[c]?.[i] ?? 0;
    mono[i] = Number.isFinite(sum) ? sum * share : 0;
  }
}
