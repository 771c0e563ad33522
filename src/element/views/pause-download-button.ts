/** The button that pauses and resumes the download of the model, for metered connections. */
import { nothing, type TemplateResult } from 'lit';
import { PAUSE, RESUME } from './icons.js';
import type { Status } from '../status.js';
import type { Strings } from '../strings/strings.js';
import { renderToolButton } from './tool-button.js';

export interface PauseDownloadButtonModel {
  readonly status: Status;
  readonly strings: Strings;
}

/** Rendered only while bytes are downloaded, or would be: not while a stored model is read. */
export function renderPauseDownloadButton(
  { status, strings }: PauseDownloadButtonModel,
  setPaused: (paused: boolean) => void,
): TemplateResult | typeof nothing {
  if (status.name !== 'loading' || status.phase !== 'download' || !status.pace) return nothing;
  const { bytesPerSecond = 0, waiting = false, paused = false } = status.pace;
  if (bytesPerSecond === 0 && !waiting && !paused) return nothing;
  return renderToolButton({
    part: 'hold',
    label: paused ? strings.resumeDownload : strings.pauseDownload,
    icon: paused ? RESUME : PAUSE,
    press: () => setPaused(!paused),
  });
}
