/** How the small buttons of the toolbar look, and the menus they open. */
import { css } from 'lit';

export const menuStyles = css`
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
    border: 1px solid transparent; /* forced colours draw it */
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

  .said.shown {
    font-size: 0.9em;
  }

  .menu {
    position: fixed;
    inset: auto;
    box-sizing: border-box;
    inline-size: max-content;
    min-inline-size: 12rem;
    max-inline-size: min(20rem, calc(100vw - 16px));
    max-block-size: calc(100vh - 16px);
    margin: 0;
    padding: 0.5rem;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    background: Canvas;
    color: CanvasText;
    box-shadow: 0 8px 28px rgb(0 0 0 / 28%);
    font-size: 1rem;
    overflow: auto;
  }

  .menu .plain {
    display: flex;
    justify-content: start;
    inline-size: 100%;
    padding-inline: 0.75em;
    border-radius: calc(var(--_radius) * 0.7);
    text-align: start;
  }

  .choice {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 0.75rem;
    padding: 0.3rem 0.75rem;
  }

  select {
    flex: none;
    inline-size: 8.8em;
    min-block-size: 40px;
    padding: 0.25em 0.6em;
    border: 1px solid color-mix(in srgb, CanvasText 45%, Canvas);
    border-radius: 0.5rem;
    background: Canvas;
    color: CanvasText;
    font: inherit;
    font-size: 0.95em;
  }

  .note {
    margin: 0.4rem 0.75rem;
    font-size: 0.85em;
  }

  @media (prefers-reduced-motion: no-preference) {
    .menu:popover-open {
      animation: appear 0.12s ease-out;
    }

    @keyframes appear {
      from {
        opacity: 0;
        translate: 0 -0.25rem;
      }
    }
  }

  @media (forced-colors: active) {
    .tool:disabled {
      color: GrayText;
      opacity: 1;
    }

    .menu {
      border-color: CanvasText;
    }
  }
`;
