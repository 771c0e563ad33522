/** The button after a `quota` error: loads the model into memory, for this visit only. */
import { css, html, nothing, type TemplateResult } from 'lit';
import type { Status } from '../status.js';
import type { Strings } from '../strings/strings.js';

export interface MemoryButtonModel {
  readonly status: Status;
  readonly strings: Strings;
  readonly disabled: boolean;
}

/** Renders the button after a `quota` error. */
export function renderMemoryButton(
  { status, strings, disabled }: MemoryButtonModel,
  press: () => void,
): TemplateResult | typeof nothing {
  if (status.name !== 'failed' || status.error.code !== 'quota') return nothing;
  return html`<button part="memory" class="memory" type="button" ?disabled=${disabled} @click=${press}>
    ${strings.useUnkept}
  </button>`;
}

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
