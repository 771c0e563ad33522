/**
 * The visitor's choices over the page's: the page writes `--kyutai-stt-*` and `::part()`, the visitor's menu sets
 * `data-*` on the root, and what it sets is important, which inside a shadow root beats every rule of the page.
 */
import { css } from 'lit';

export const settingsStyles = css`
  .root[data-size] [part~='captions'] {
    font-size: calc(var(--_caption-size) * var(--_scale)) !important;
  }

  [data-size='small'] {
    --_scale: 0.8;
  }

  [data-size='large'] {
    --_scale: 1.35;
  }

  [data-size='larger'] {
    --_scale: 1.8;
  }

  [data-size='largest'] {
    --_scale: 2.5;
  }

  .root[data-lines] .captions {
    --_lines: var(--_chosen-lines) !important;
    block-size: auto !important;
    min-block-size: calc(var(--_lines) * 1lh) !important;
  }

  [data-lines='1'] {
    --_chosen-lines: 1;
  }

  [data-lines='2'] {
    --_chosen-lines: 2;
  }

  [data-lines='3'] {
    --_chosen-lines: 3;
  }

  [data-lines='4'] {
    --_chosen-lines: 4;
  }

  [data-lines='5'] {
    --_chosen-lines: 5;
  }

  [data-colours='light'] {
    --_ink: #000;
    --_ground: #fff;
  }

  [data-colours='dark'] {
    --_ink: #fff;
    --_ground: #000;
  }

  [data-colours='yellow'] {
    --_ink: #ff0;
    --_ground: #000;
  }

  .root[data-colours] [part~='captions'],
  .root[data-colours] [part~='captions'] * {
    color: var(--_ink) !important;
  }

  .root[data-colours] [part~='captions'] {
    --_surface: var(--_ground);
    border-color: var(--_ink) !important;
    background: var(--_ground) !important;
  }

  .root[data-colours] .stage [part~='latest'] {
    background: var(--_ground) !important;
    color: var(--_ink) !important;
  }

  .root[data-background='none'] [part~='captions'] {
    border-color: transparent !important;
    background: none !important;
  }

  /* On whatever the page has there, an outline keeps the letters legible. */
  .root[data-background='none'][data-colours] [part~='captions'] {
    text-shadow:
      0 0 0.12em var(--_ground),
      0 0 0.25em var(--_ground),
      0 0 0.4em var(--_ground);
  }

  .root[data-background='none']:not([data-colours]) [part~='captions'] {
    color: inherit !important;
  }

  .root[data-background='soft'] [part~='captions'] {
    background: color-mix(in srgb, var(--_ground, Canvas) 75%, transparent) !important;
  }

  .root[data-background='solid'] [part~='captions'] {
    background: var(--_ground, Canvas) !important;
  }
`;
