/** The second way on after `quota`: the model for this visit, in memory, if the visitor agrees. */
import { css, html, nothing, type TemplateResult } from 'lit';
import type { Status } from '../status.js';
import type { Strings } from '../strings/strings.js';

export interface MemoryButtonModel {
  readonly status: Status;
  readonly strings: Strings;
  readonly disabled: boolean;
}

/** Nothing but where there was no room. `agree` is the press. */
export function renderMemoryButton(
  { status, strings, disabled }: MemoryButtonModel,
  agree: () => void,
): TemplateResult | typeof nothing {
  if (status.name !== 'failed' || status.error.code !== 'quota') return nothing;
  return html`<button part="memory" class="memory" type="button" ?disabled=${disabled} @click=${agree}>
    ${strings.useUnkept}
  </button>`;
}

/** Less than the button it stands beside, and as easy to hit. */
export const memoryButtonStyles = css`
  .memory {
    min-block-size: 44px;
    padding: 0.5em 1.1em;
    border: 1px solid currentcolor;
    border-radius: 999px;
    background: none;
    color: inherit;
    font: inherit;
    text-align: start;
    cursor: pointer;
  }

  .memory:disabled {
    border-color: GrayText;
    color: GrayText;
    cursor: default;
  }
`;
