/** Extracts a page's progress object from a protocol message. */
import type { WireProgress } from '../protocol/model.js';

export type ModelProgress = WireProgress;

/** Copies only the progress fields; absent ones stay absent. */
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
