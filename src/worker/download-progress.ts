/** Converts a download's progress to the protocol's. */
import type { DownloadProgress } from '../download/types.js';
import type { WireProgress } from '../protocol/model.js';

export function downloadOf({ phase, loaded, total, bytesPerSecond, secondsLeft }: DownloadProgress): WireProgress {
  return {
    phase: 'download',
    loaded,
    total,
    ...(bytesPerSecond > 0 && { bytesPerSecond }),
    ...(secondsLeft !== undefined && { secondsLeft }),
    ...(phase === 'waiting' && { waiting: true }),
    ...(phase === 'paused' && { paused: true }),
  };
}
