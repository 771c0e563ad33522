/** A second button while the model is downloaded: holds that, for a line that is paid by the megabyte, and lets it go on. */
import { nothing, type TemplateResult } from 'lit';
import { PAUSE, RESUME } from './icons.js';
import type { Status } from '../status.js';
import type { Strings } from '../strings/strings.js';
import { renderToolButton } from './tool-button.js';

export interface PauseDownloadButtonModel {
  readonly status: Status;
  readonly strings: Strings;
}

/** Nothing but where bytes come, or would: a model that is in the store is not worth a button. */
export function renderPauseDownloadButton(
  { status, strings }: PauseDownloadButtonModel,
  hold: (paused: boolean) => void,
): TemplateResult | typeof nothing {
  if (status.name !== 'loading' || status.phase !== 'download' || !status.pace) return nothing;
  const { bytesPerSecond = 0, waiting = false, paused = false } = status.pace;
  if (bytesPerSecond === 0 && !waiting && !paused) return nothing;
  return renderToolButton({
    part: 'hold',
    label: paused ? strings.resumeDownload : strings.pauseDownload,
    icon: paused ? RESUME : PAUSE,
    press: () => hold(!paused),
  });
}
