/**
 * How the element looks: system colours in light and dark, every colour and length replaceable, nothing inline.
 *
 * A page may be dark without saying so in `color-scheme`. So text on the page's own ground has the page's own colour, and
 * whatever has a ground of ours brings both colours of the pair.
 */
import { css, type CSSResult } from 'lit';
import { menuStyles } from './menu-styles.js';
import { settingsStyles } from './settings-styles.js';
import { wordsStyles } from './words-styles.js';

const baseStyles = css`
  :host {
    --_accent: var(--kyutai-stt-accent, #0b57d0);
    --_on-accent: var(--kyutai-stt-on-accent, #fff);
    --_live: var(--kyutai-stt-live, #b3261e);
    --_on-live: var(--kyutai-stt-on-live, #fff);
    --_text: var(--kyutai-stt-text, CanvasText);
    --_muted: var(--kyutai-stt-muted, color-mix(in srgb, currentcolor 78%, transparent));
    --_surface: var(--kyutai-stt-surface, color-mix(in srgb, CanvasText 5%, Canvas));
    --_line: var(--kyutai-stt-border, color-mix(in srgb, CanvasText 18%, Canvas));
    --_radius: var(--kyutai-stt-radius, 0.75rem);
    --_gap: var(--kyutai-stt-gap, 0.75rem);
    --_font: var(--kyutai-stt-font, inherit);
    --_caption-size: var(--kyutai-stt-caption-size, 1.25em);
    --_lines: var(--kyutai-stt-lines, 3);
    --_max-height: var(--kyutai-stt-max-height, 20em);
    display: block;
    max-inline-size: 100%;
    font: var(--_font);
  }

  @supports (color: light-dark(#000, #fff)) {
    :host {
      --_accent: var(--kyutai-stt-accent, light-dark(#0b57d0, #a8c7fa));
      --_on-accent: var(--kyutai-stt-on-accent, light-dark(#fff, #062e6f));
      --_live: var(--kyutai-stt-live, light-dark(#b3261e, #f2b8b5));
      --_on-live: var(--kyutai-stt-on-live, light-dark(#fff, #601410));
    }
  }

  :host([hidden]),
  [hidden] {
    display: none !important;
  }

  :host([mode='button']) {
    display: inline-block;
  }

  .toolbar {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--_gap);
  }

  [part='button'] {
    display: inline-flex;
    align-items: center;
    gap: 0.5em;
    min-block-size: 44px; /* the smallest target a thumb hits */
    padding: 0.5em 1.1em;
    border: 1px solid transparent; /* forced colours draw it */
    border-radius: 999px;
    background: var(--_accent);
    color: var(--_on-accent);
    font: inherit;
    font-weight: 600;
    text-align: start;
    cursor: pointer;
  }

  [part='button']:hover {
    background: color-mix(in srgb, var(--_accent) 88%, CanvasText);
  }

  [part='button'][data-state='listening'],
  [part='button'][data-state='paused'] {
    background: var(--_live);
    color: var(--_on-live);
  }

  [part='button'][data-state='loading'] {
    border-color: color-mix(in srgb, CanvasText 18%, Canvas);
    background: color-mix(in srgb, CanvasText 5%, Canvas);
    color: CanvasText;
  }

  [part='button']:disabled,
  [part='button'][aria-disabled='true'] {
    background: color-mix(in srgb, CanvasText 5%, Canvas);
    color: color-mix(in srgb, CanvasText 68%, Canvas);
    cursor: default;
  }

  /* Two rings, one of which stands out on any page. */
  :focus-visible {
    outline: 3px solid var(--_accent);
    outline-offset: 2px;
    box-shadow: 0 0 0 2px Canvas;
  }

  .icon {
    display: inline-flex;
  }

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

  .meter {
    --level: 0;
    inline-size: 3.5rem;
    block-size: 0.5rem;
    border-radius: 999px;
    background: linear-gradient(var(--_live), var(--_live)) no-repeat 0 / calc(var(--level) * 100%) 100% var(--_line);
    overflow: hidden;
  }

  .meter:dir(rtl) {
    background-position-x: 100%;
  }

  .report {
    display: flex;
    flex: 1 1 0;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.25rem var(--_gap);
    min-inline-size: min-content;
    color: var(--_muted);
    font-size: 0.9em;
  }

  /* Where four buttons and the status do not fit beside the big one, they go below it together. */
  .toolbar:has([part~='copy']) .report {
    flex-basis: clamp(0px, (32rem - 100%) * 999, 100% - 13rem);
  }

  .report:has(progress) {
    flex-basis: 16rem;
  }

  progress {
    flex: 1 1 8rem;
    max-inline-size: 16rem;
    block-size: 0.5rem;
    accent-color: var(--_accent);
  }

  .amount {
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }

  .notice {
    margin-block: calc(var(--_gap) / 2) 0;
    color: var(--_muted);
    font-size: 0.9em;
  }

  .error {
    margin-block: var(--_gap) 0;
    padding: 0.6em 0.9em;
    border: 1px solid currentcolor;
    border-radius: var(--_radius);
    background: color-mix(in srgb, var(--_live) 10%, Canvas);
    color: color-mix(in srgb, var(--_live) 80%, CanvasText);
  }

  /* The browser draws it, and takes no clicks on one that is made too small or too pale. */
  .permission {
    margin-block-start: var(--_gap);
    border-radius: 999px;
  }

  @media (forced-colors: active) {
    [part='button'] {
      border-color: ButtonText;
    }

    [part='button']:disabled,
    [part='button'][aria-disabled='true'] {
      border-color: GrayText;
      color: GrayText;
    }

    .meter {
      border: 1px solid CanvasText;
      background-color: Canvas;
      background-image: linear-gradient(Highlight, Highlight);
      forced-color-adjust: none;
    }
  }
`;

/** All of it; what the visitor chose comes last. */
export const styles: CSSResult[] = [baseStyles, menuStyles, wordsStyles, settingsStyles];
