/** How the button of a field looks. */
import { css } from 'lit';

export const dictationStyles = css`
  /* Read aloud, and nothing else. */
  .unseen {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }

  button {
    position: relative;
  }
`;
