/** Averages channels into one. */

/**
 * Writes the mean of `channels` [n] f32 each, into `mono`, which may be longer.
 *
 * Averaging cannot clip, and a recording whose second channel is silent only loses 6 dB. Samples that are not finite
 * become 0: an unstable filter somewhere in the page's audio graph makes NaN, and one NaN would stay in the codec's
 * running state for the rest of the stream.
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
