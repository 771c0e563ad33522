/** Markup of the toolbar: button, meter, progress and status line. */
import { css, html, nothing, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import { amountText, decimal, paceText } from './format-numbers.js';
import type { Status } from '../status.js';
import type { Strings } from '../strings/strings.js';

export interface ControlsModel {
  readonly status: Status;
  readonly strings: Strings;
  /** For number formats. */
  readonly language: string;
  /** Language of the texts; undefined if the page supplies them. */
  readonly lang: string | undefined;
  readonly disabled: boolean;
  /** Seconds of audio not yet transcribed. */
  readonly behind: number;
  /** The microphone is open but delivers digital silence. */
  readonly silent: boolean;
  readonly press: () => void;
  /** A second button, beside the main one. */
  readonly second: TemplateResult | typeof nothing;
  /** The browser's microphone button, below the remedy. */
  readonly permission: TemplateResult | typeof nothing;
  /** Label of the field for dictation; empty if there is none. */
  readonly field: string;
  /** Small buttons at the end of the row. */
  readonly tools: TemplateResult | typeof nothing;
}

export function renderControls(model: ControlsModel): TemplateResult {
  const { status, lang, second, tools, permission } = model;
  return html`
    <div part="toolbar" class="toolbar" lang=${lang ?? nothing}>
      ${renderButton(model)} ${second}
      <div
        part="meter"
        class="meter"
        aria-hidden="true"
        ?hidden=${status.name !== 'listening' && !isHearing(status)}
      ></div>
      <div class="report">
        <slot name="status"><span part="status" role="status">${statusText(model)}${renderBacklog(model)}</span></slot>
        ${renderProgress(model)}
      </div>
      <slot name="toolbar"></slot>
      ${tools}
    </div>
    ${renderError(model)} ${permission}
  `;
}

/**
 * The button's name says what pressing it does and changes with the state, so it has no `aria-pressed`: together they would
 * be announced as a contradiction. While finishing it stays focusable, so that the focus is not lost.
 */
function renderButton({ status, strings, disabled, press, field }: ControlsModel): TemplateResult {
  const { name } = status;
  return html`
    <button
      part="button"
      type="button"
      data-state=${name}
      ?disabled=${disabled}
      aria-disabled=${name === 'finishing' ? 'true' : nothing}
      @click=${press}
    >
      <span part="icon" class="icon" aria-hidden="true">${icon(name)}</span>
      <slot name="label"><span part="label">${buttonText(name, strings)}</span></slot>
      ${field && html`<span class="unseen">${strings.ofField.replace('{field}', () => field)}</span>`}
    </button>
  `;
}

function buttonText(name: Status['name'], strings: Strings): string {
  switch (name) {
    case 'idle':
    case 'ready':
      return strings.start;
    case 'loading':
      return strings.cancel;
    case 'listening':
    case 'paused':
    case 'finishing':
      return strings.stop;
    case 'failed':
      return strings.tryAgain;
  }
}

function statusText({ status, strings, behind, silent }: ControlsModel): string {
  switch (status.name) {
    case 'idle':
      return strings.statusIdle;
    case 'loading':
      if (status.pace?.paused === true) return strings.statusHeld;
      if (status.pace?.waiting === true) return strings.statusWaiting;
      if (isHearing(status)) return strings.statusHearing;
      return { download: strings.statusDownload, prepare: strings.statusPrepare, source: strings.statusSource }[
        status.phase
      ];
    case 'ready':
      return strings.statusReady;
    case 'listening':
      if (silent) return strings.silent;
      return behind > 1 ? strings.statusBehind : strings.statusListening;
    case 'paused':
      return strings.statusPaused;
    case 'finishing':
      return strings.statusFinishing;
    case 'failed':
      return ''; // the remedy is an alert, and two live regions would be announced at once
  }
}

/** Whether audio is recorded before the model is ready. */
function isHearing(status: Status): boolean {
  return status.name === 'loading' && status.buffering === true;
}

/** The number of seconds changes all the time, so screen readers announce only that transcription lags behind. */
function renderBacklog({ status, strings, language, behind, silent }: ControlsModel): TemplateResult | typeof nothing {
  const applies = status.name === 'finishing' || (status.name === 'listening' && !silent);
  if (!applies || behind <= 1) return nothing;
  const text = strings.backlog.replace('{seconds}', decimal(behind, 0, language));
  return html`<span part="backlog" aria-hidden="true"> (${text})</span>`;
}

function renderProgress({ status, strings, language }: ControlsModel): TemplateResult | typeof nothing {
  if (status.name !== 'loading' || status.phase === 'source') return nothing;
  const { loaded, total, phase, pace } = status;
  const label = phase === 'download' ? strings.statusDownload : strings.statusPrepare;
  // Without a total the bar is indeterminate.
  if (total === 0) return html`<progress part="progress" aria-label=${label}></progress>`;
  const text = amountText(status, strings, language);
  const rest = pace ? paceText({ loaded, total, ...pace }, strings, language) : '';
  return html`
    <progress part="progress" aria-label=${label} aria-valuetext=${text} max=${total} .value=${loaded}></progress>
    <span class="amount" aria-hidden="true">${text}${rest && html` · ${rest}`}</span>
  `;
}

/** Shows the remedy. The error's message is meant for developers: it is in the `error` event and property. */
function renderError({ status, strings, lang }: ControlsModel): TemplateResult | typeof nothing {
  if (status.name !== 'failed') return nothing;
  const remedy = strings.remedies[status.error.code];
  return html`<p part="error" class="error" role="alert" lang=${lang ?? nothing}>${remedy}</p>`;
}

function icon(name: Status['name']): SVGTemplateResult {
  switch (name) {
    case 'idle':
    case 'ready':
      return svg`<svg viewBox="0 0 24 24"><path d="M12 15a3.5 3.5 0 0 0 3.5-3.5v-6a3.5 3.5 0 0 0-7 0v6A3.5 3.5 0 0 0 12 15z"/><path class="stroke" d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3.5"/></svg>`;
    case 'failed':
      return svg`<svg viewBox="0 0 24 24"><path class="stroke" d="M19 12a7 7 0 1 1-2.2-5.1M17.5 3v4.5H13"/></svg>`;
    case 'loading':
      return svg`<svg viewBox="0 0 24 24"><path class="stroke" d="M6 6l12 12M18 6L6 18"/></svg>`;
    case 'listening':
    case 'paused':
    case 'finishing':
      return svg`<svg viewBox="0 0 24 24"><rect x="6" y="6" width="12" height="12" rx="2"/></svg>`;
  }
}

export const controlsStyles = css`
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
    min-block-size: 44px; /* smallest comfortable touch target */
    padding: 0.5em 1.1em;
    border: 1px solid transparent; /* visible with forced colours */
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

  .icon {
    display: inline-flex;
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

  /* Where the small buttons and the status do not fit beside the main button, they wrap below it together. */
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

  .error {
    margin-block: var(--_gap) 0;
    padding: 0.6em 0.9em;
    border: 1px solid currentcolor;
    border-radius: var(--_radius);
    background: color-mix(in srgb, var(--_live) 10%, Canvas);
    color: color-mix(in srgb, var(--_live) 80%, CanvasText);
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
