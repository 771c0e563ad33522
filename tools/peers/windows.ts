/** The windows of audio that a peer's encoder gets: it has no state between them. */

export interface Window {
  readonly frames: number;
  /** Windows a turn encodes. */
  readonly runs: number;
}

/**
 * Four seconds, in which weights are read once for fifty frames, which is impossible live; and a single frame, which costs as
 * much as a live one except for the state of earlier frames.
 */
export const WINDOWS: readonly Window[] = [
  { frames: 50, runs: 1 },
  { frames: 1, runs: 24 },
];

export function describeWindow(frames: number): string {
  return frames === 1 ? 'a frame at a time' : `${frames} frames at a time`;
}
