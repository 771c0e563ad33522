/** The icons of the small buttons: 24 × 24, in the text colour. */
import { css, svg, type SVGTemplateResult } from 'lit';

const icon = (paths: SVGTemplateResult): SVGTemplateResult =>
  svg`<svg viewBox="0 0 24 24" aria-hidden="true">${paths}</svg>`;

export const COPY = icon(
  svg`<rect class="stroke" x="9" y="9" width="11" height="11" rx="2"/><path class="stroke" d="M15 9V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h3"/>`,
);
export const DONE = icon(svg`<path class="stroke" d="M5 12.5l4.5 4.5L19 7.5"/>`);
export const DOWNLOAD = icon(svg`<path class="stroke" d="M12 4v11M7.5 11L12 15.5 16.5 11M5 19.5h14"/>`);
export const CLEAR = icon(
  svg`<path class="stroke" d="M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 12.5h9.4L17.5 7M10.2 11v5M13.8 11v5"/>`,
);
/** Two letters, because the settings change the text's appearance. */
export const SETTINGS = icon(
  svg`<path class="stroke" d="M3 18.5L7.8 6.5 12.6 18.5M4.7 14.5h6.2"/><path class="stroke" d="M15 18.5l3-7.5 3 7.5M16 16.2h4"/>`,
);
export const LATEST = icon(svg`<path class="stroke" d="M12 5v13M6.5 12.5L12 18l5.5-5.5"/>`);
export const PAUSE = icon(svg`<path class="stroke" d="M8.5 5.5v13M15.5 5.5v13"/>`);
export const RESUME = icon(svg`<path class="stroke" d="M8 5.5v13l10.5-6.5z"/>`);

export const iconStyles = css`
  svg {
    inline-size: 1.25em;
    block-size: 1.25em;
    fill: currentcolor;
  }

  .stroke {
    fill: none;
    stroke: currentcolor;
    stroke-linecap: round;
    stroke-linejoin: round;
    stroke-width: 2;
  }
`;
