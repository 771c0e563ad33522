/** Markup of the captions and the transcript, which `WordsView` fills with words, and of the log for screen readers. */
import { css, html, nothing, type TemplateResult } from 'lit';
import type { Transcript } from '../../client/transcript.js';
import { LATEST } from './icons.js';
import type { StateName } from '../status.js';
import type { Strings, TextDirection } from '../strings/strings.js';

/** What is shown: the last lines, the whole transcript, or only the button. */
export type Mode = 'captions' | 'transcript' | 'button';

export interface CaptionsModel {
  readonly transcript: Transcript;
  readonly mode: Mode;
  readonly state: StateName;
  readonly strings: Strings;
  /** Language of the texts; undefined if the page supplies them. */
  readonly lang: string | undefined;
  readonly dir: TextDirection;
  /** Whether screen readers announce finished utterances. */
  readonly announce: 'polite' | 'off';
  /** Whether the view scrolls to new words. */
  readonly follows: boolean;
  readonly toLatest: () => void;
}

/**
 * The visible words change all the time, so they are not a live region: screen readers announce each utterance once, from
 * the log, when it is finished.
 */
export function renderCaptions(model: CaptionsModel): TemplateResult | typeof nothing {
  const { mode, strings } = model;
  if (mode === 'button') return nothing;
  return html`
    ${mode === 'captions' ? renderLines(model) : renderParagraphs(model)}
    <div
      class="announcer unseen"
      role="log"
      aria-live=${model.announce === 'off' ? 'off' : 'polite'}
      aria-label=${strings.captions}
    ></div>
  `;
}

function renderLines(model: CaptionsModel): TemplateResult {
  const empty = isEmpty(model);
  return html`
    <div part="captions" class="captions ${empty ? 'empty' : ''}" ?hidden=${empty && model.state === 'failed'}>
      ${empty ? renderEmpty(model) : nothing}
      <div class="window"><div class="lines" dir="auto" aria-hidden="true"></div></div>
    </div>
  `;
}

function renderParagraphs(model: CaptionsModel): TemplateResult {
  const { strings, lang, dir, follows, toLatest } = model;
  return html`
    <div class="stage" ?hidden=${isEmpty(model) && model.state === 'failed'}>
      <div
        part="captions transcript"
        class="transcript"
        role="group"
        aria-label=${strings.transcript}
        aria-describedby="keys"
        tabindex="0"
      >
        ${isEmpty(model) ? renderEmpty(model) : nothing}
        <div class="paragraphs"></div>
        <div class="last"></div>
      </div>
      <button part="latest" type="button" lang=${lang ?? nothing} dir=${dir} ?hidden=${follows} @click=${toLatest}>
        ${LATEST}${strings.latest}
      </button>
      <p id="keys" class="unseen" hidden lang=${lang ?? nothing}>${strings.transcriptKeys}</p>
    </div>
  `;
}

const isEmpty = ({ transcript: { utterances, interim } }: CaptionsModel): boolean =>
  utterances.length === 0 && !interim;

/** The text shown before the first word. `noWordsYet` is hidden from screen readers: the status line has announced it. */
function renderEmpty({ state, strings, lang, dir }: CaptionsModel): TemplateResult | typeof nothing {
  switch (state) {
    case 'idle':
    case 'ready':
      return html`<slot class="invitation" lang=${lang ?? nothing}
        ><span dir=${dir}>${strings.invitation}</span></slot
      >`;
    case 'listening':
      return html`<span class="invitation" lang=${lang ?? nothing} dir=${dir} aria-hidden="true"
        >${strings.noWordsYet}</span
      >`;
    default:
      return nothing;
  }
}

export const captionsStyles = css`
  [part~='captions'] {
    margin-block-start: var(--_gap);
    padding: 0.75em 1em;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    background: var(--_surface);
    color: var(--_text);
    font-size: var(--_caption-size);
    line-height: 1.4;
    overflow-wrap: anywhere;
  }

  /* Constant height, so that the content below does not move. */
  .captions {
    display: flex;
    flex-direction: column;
    justify-content: center;
    min-block-size: calc(var(--_lines) * 1lh);
  }

  /* The newest line is at the bottom; older ones are clipped at the top edge of the text, not of the padding. */
  .window {
    display: flex;
    flex-direction: column;
    justify-content: end;
    block-size: calc(var(--_lines) * 1lh);
    overflow: hidden;
  }

  .empty .window {
    display: none;
  }

  .lines [part='line'] {
    inline-size: max-content;
    white-space: nowrap;
  }

  .lines [data-speaker]::before {
    content: attr(data-speaker) ': ';
  }

  .lines [data-speaker]::before,
  [part~='speaker'] {
    color: color-mix(in oklab, oklch(60% 0.2 calc(260deg + 137deg * var(--_lane))) 50%, currentcolor);
    font-weight: 700;
  }

  [part~='speaker'] {
    display: block;
  }

  .lines [part='line'].long {
    inline-size: auto;
    white-space: normal;
  }

  p[part='line'] {
    margin: 0;
  }

  .invitation {
    color: color-mix(in srgb, currentcolor 78%, transparent);
  }

  /* Relative to the colour of the box, which has its own background. */
  [part='interim'] {
    color: var(--kyutai-stt-muted, color-mix(in srgb, currentcolor 78%, transparent));
  }

  [part~='low-confidence'] {
    /* Longhands, because Safari before 26.2 drops the shorthand with more than the line. */
    text-decoration-line: underline;
    text-decoration-style: dotted;
    text-decoration-color: color-mix(in srgb, currentcolor 55%, transparent);
    text-decoration-thickness: 0.08em;
    text-underline-offset: 0.22em;
  }

  .stage {
    container-type: inline-size;
    position: relative;
  }

  .transcript {
    box-sizing: border-box;
    min-block-size: 6em;
    max-block-size: var(--_max-height);
    overflow-y: auto;
    overscroll-behavior: contain;
    scrollbar-gutter: stable;
    scrollbar-width: thin;
  }

  /* Paragraphs out of view are not laid out, so that a new word costs the same after an hour. */
  [part='paragraph'] {
    position: relative;
    display: grid;
    grid-template-columns: 2.9em minmax(0, 1fr);
    column-gap: 0.75em;
    align-items: baseline;
    content-visibility: auto;
    contain-intrinsic-block-size: auto 2.8em;
  }

  [part='paragraph'] + [part='paragraph'] {
    margin-block-start: 0.6em;
  }

  [part='time'] {
    color: color-mix(in srgb, currentcolor 75%, transparent);
    font-size: 0.8em;
    font-variant-numeric: tabular-nums;
    cursor: pointer;
  }

  .transcript [part~='word'] {
    border-radius: 0.25em;
    cursor: pointer;
  }

  /* Inside the word, because content-visibility clips at the paragraph. */
  .transcript [part~='word']:focus-visible {
    outline-offset: -2px;
    background: color-mix(in srgb, var(--_accent) 16%, transparent);
    box-shadow: none;
  }

  [data-editable] [part='paragraph'] {
    padding-inline-end: 2.2em;
  }

  /* As high as a line, because content-visibility clips at the paragraph. */
  [part='edit'] {
    position: absolute;
    inset-block-start: 0;
    inset-inline-end: 0;
    display: grid;
    place-items: center;
    inline-size: 1.8em;
    block-size: 1.4em;
    padding: 0;
    border: 1px solid var(--_line);
    border-radius: 0.3em;
    background: none;
    color: inherit;
    font: inherit;
    cursor: pointer;
  }

  [part='edit'] svg {
    inline-size: 0.9em;
    fill: none;
    stroke: currentcolor;
    stroke-width: 2;
  }

  [part='edit']:focus-visible,
  [part='editor']:focus-visible {
    outline-offset: -2px;
    box-shadow: none;
  }

  [part='editor'] {
    box-sizing: border-box;
    inline-size: 100%;
    margin: 0;
    padding: 0.15em 0.35em;
    border: 1px solid currentcolor;
    border-radius: 0.25em;
    background: transparent;
    color: inherit;
    font: inherit;
    line-height: inherit;
    resize: none;
    overflow: hidden;
  }

  @media (hover: hover) {
    .transcript [part~='word']:hover,
    [part='time']:hover {
      background: color-mix(in srgb, var(--_accent) 16%, transparent);
    }
  }

  [part='latest'] {
    position: absolute;
    inset-block-end: 0.75rem;
    inset-inline: 0;
    display: flex;
    align-items: center;
    gap: 0.4em;
    inline-size: fit-content;
    min-block-size: 36px;
    margin-inline: auto;
    padding: 0.3em 0.9em;
    border: 1px solid var(--_line);
    border-radius: 999px;
    background: Canvas;
    color: CanvasText;
    box-shadow: 0 2px 8px rgb(0 0 0 / 25%);
    font: inherit;
    font-size: 0.9em;
    font-weight: 600;
    cursor: pointer;
  }

  @container (inline-size < 30rem) {
    [part='paragraph'] {
      display: block;
    }
  }

  @media (prefers-contrast: more) {
    [part~='captions'] {
      border-color: currentcolor;
    }

    .invitation,
    [part='interim'],
    [part='time'] {
      color: inherit;
    }
  }

  @media (forced-colors: active) {
    .transcript [part~='word']:hover,
    [part='time']:hover {
      outline: 1px solid Highlight;
    }
  }
`;
