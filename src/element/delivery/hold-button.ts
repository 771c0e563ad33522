/** A second button while the model is downloaded: holds that, for a line that is paid by the megabyte, and lets it go on. */
import { css, html, nothing, type TemplateResult } from 'lit';
import type { Status } from '../status.js';
import type { Strings } from '../strings.js';

export interface HoldButtonModel {
  readonly status: Status;
  readonly strings: Strings;
}

/** Nothing but where bytes come, or would: a model that is in the store is not worth a button. */
export function renderHoldButton(
  { status, strings }: HoldButtonModel,
  hold: (paused: boolean) => void,
): TemplateResult | typeof nothing {
  if (status.name !== 'loading' || status.phase !== 'download' || !status.pace) return nothing;
  const { bytesPerSecond = 0, waiting = false, paused = false } = status.pace;
  if (bytesPerSecond === 0 && !waiting && !paused) return nothing;
  return html`<button part="hold" class="hold" type="button" @click=${() => hold(!paused)}>
    ${paused ? strings.resumeDownload : strings.pauseDownload}
  </button>`;
}

/** Quieter than the button it stands beside, and as easy to hit. */
export const holdButtonStyles = css`
  .hold {
    min-block-size: 44px;
    padding: 0.5em 0.8em;
    border: 0;
    border-radius: 999px;
    background: none;
    color: inherit;
    font: inherit;
    text-decoration: underline;
    text-underline-offset: 0.2em;
    cursor: pointer;
  }
`;
