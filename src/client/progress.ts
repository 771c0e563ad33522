/** Converts the protocol's progress to what a page gets. */
import type { WireProgress } from '../protocol/model.js';

export type ModelProgress = WireProgress;

/** Just the progress of a message. */
export function progressOf(message: WireProgress): ModelProgress {
  const { phase, loaded, total, bytesPerSecond, secondsLeft, waiting, paused } = message;
  return {
    phase,
    loaded,
    total,
    ...(bytesPerSecond !== undefined && { bytesPerSecond }),
    ...(secondsLeft !== undefined && { secondsLeft }),
    ...(waiting !== undefined && { waiting }),
    ...(paused !== undefined && { paused }),
  };
}
