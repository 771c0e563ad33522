/** A small button with a picture: its name is read, and shown to who points at it. */
import { html, type SVGTemplateResult, type TemplateResult } from 'lit';

export interface ToolButton {
  /** Names its part. */
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
