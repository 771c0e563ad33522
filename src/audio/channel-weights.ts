/** How much each channel of a layout contributes to the mono mix. */

/** Bits of WAVE's channel mask, in the order of the channels; those above are speakers behind or overhead. */
const SPEAKER = {
  frontLeft: 0x1,
  frontRight: 0x2,
  frontCentre: 0x4,
  lowFrequency: 0x8,
  frontLeftOfCentre: 0x40,
  frontRightOfCentre: 0x80,
  sideLeft: 0x200,
  sideRight: 0x400,
} as const;

const { frontLeft, frontRight, frontCentre, lowFrequency, sideLeft, sideRight } = SPEAKER;
const FRONT = frontLeft | frontRight | SPEAKER.frontLeftOfCentre | SPEAKER.frontRightOfCentre;

/** The layout of channels of which only the number is known: Web Audio defines 5.1, and averages four. */
export function webAudioLayout(channels: number): number {
  return channels === 6 ? frontLeft | frontRight | frontCentre | lowFrequency | sideLeft | sideRight : 0;
}

/**
 * The weights of a surround layout, by ITU-R BS.775: centre 1, left and right 1/√2, all behind and above 1/2, low
 * frequencies 0. Without a centre the front pair is the reference, so all are scaled to give left and right 1/2.
 *
 * @param layout WAVE's channel mask
 * @returns `null` for mono, stereo and channels without a layout: those are averaged
 */
export function surroundWeights(layout: number, channels: number): readonly number[] | null {
  if (channels <= 2) return null;
  const speakers = Array.from({ length: 32 }, (_, bit) => (layout & (1 << bit)) >>> 0).filter(
    (speaker) => speaker !== 0,
  );
  if (speakers.length !== channels) return null;
  const scale = layout & frontCentre ? 1 : Math.SQRT1_2;
  return speakers.map((speaker) => scale * weight(speaker));
}

function weight(speaker: number): number {
  if (speaker === frontCentre) return 1;
  if (speaker === lowFrequency) return 0;
  return speaker & FRONT ? Math.SQRT1_2 : 0.5;
}
