/**
 * The stylesheet of the element: what all views share, then the styles of each view.
 *
 * A page may be dark without declaring `color-scheme`. So text on the page's background has the page's colour, and whatever
 * has a background of ours sets both colours.
 */
import { css, type CSSResultGroup } from 'lit';
import { captionsStyles } from './captions.js';
import { controlsStyles } from './controls.js';
import { iconStyles } from './icons.js';
import { memoryButtonStyles } from './memory-button.js';
import { menuStyles } from './menu.js';
import { noticeStyles } from './notice.js';
import { permissionStyles } from './permission.js';
import { settingsMenuStyles, visitorSettingsStyles } from './settings-menu.js';
import { toolButtonStyles } from './tool-button.js';
import { transcriptToolsStyles } from './transcript-tools.js';

const sharedStyles = css`
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
    min-inline-size: min(20rem, 100%); /* where the page shrinks it to its content */
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
    min-inline-size: 0;
  }

  /* Two rings, so that one contrasts with any background. */
  :focus-visible {
    outline: 3px solid var(--_accent);
    outline-offset: 2px;
    box-shadow: 0 0 0 2px Canvas;
  }

  button {
    position: relative; /* contains its .unseen text */
  }

  /* For screen readers only. */
  .unseen {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;

/** All styles. The visitor's settings come last. */
export const styles: CSSResultGroup = [
  sharedStyles,
  iconStyles,
  controlsStyles,
  memoryButtonStyles,
  noticeStyles,
  permissionStyles,
  toolButtonStyles,
  menuStyles,
  transcriptToolsStyles,
  settingsMenuStyles,
  captionsStyles,
  visitorSettingsStyles,
];
