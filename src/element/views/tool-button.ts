/** A small icon button; its label is its accessible name and its tooltip. */
import { css, html, type SVGTemplateResult, type TemplateResult } from 'lit';

export interface ToolButton {
  /** Its part, besides `tool`. */
  readonly part: string;
  readonly label: string;
  readonly icon: SVGTemplateResult;
  readonly disabled?: boolean;
  readonly press: () => void;
}

export function renderToolButton({ part, label, icon, disabled = false, press }: ToolButton): TemplateResult {
  return html`<button
    part="tool ${part}"
    class="tool"
    type="button"
    aria-label=${label}
    title=${label}
    ?disabled=${disabled}
    @click=${press}
  >
    ${icon}
  </button>`;
}

export const toolButtonStyles = css`
  .tools {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.125rem;
    margin-inline-start: auto;
  }

  .tool,
  .plain {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    min-inline-size: 44px;
    min-block-size: 44px;
    padding: 0.4em;
    border: 1px solid transparent; /* visible with forced colours */
    border-radius: 999px;
    background: none;
    color: inherit;
    font: inherit;
    cursor: pointer;
  }

  .tool:hover:enabled,
  .tool:has(+ :popover-open),
  .plain:hover {
    background: color-mix(in srgb, currentcolor 12%, transparent);
  }

  .tool:disabled {
    cursor: default;
    opacity: 0.45;
  }

  .tool svg {
    inline-size: 1.5em;
    block-size: 1.5em;
  }

  @media (forced-colors: active) {
    .tool:disabled {
      color: GrayText;
      opacity: 1;
    }
  }
`;
