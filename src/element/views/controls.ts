/** Markup of the toolbar: button, meter, progress and status line. */
import { css, html, nothing, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import { faultText } from './fault-text.js';
import { amountText, decimal, paceText } from './format-numbers.js';
import type { SttError } from '../../errors.js';
import { isHearing, isStopped, recoveryAction, type Status } from '../status.js';
import type { Strings, TextDirection } from '../strings/strings.js';

export interface ControlsModel {
  readonly status: Status;
  readonly strings: Strings;
  /** For number formats. */
  readonly language: string;
  /** Language of the texts; undefined if the page supplies them. */
  readonly lang: string | undefined;
  readonly dir: TextDirection;
  readonly disabled: boolean;
  /** Size of the model's download where its name tells. */
  readonly expectedBytes: number | undefined;
  /** Seconds of audio not yet transcribed. */
  readonly behind: number;
  /** The microphone is open but delivers digital silence. */
  readonly silent: boolean;
  /** Why lanes have failed while others go on. */
  readonly lost: readonly SttError[];
  readonly press: () => void;
  /** A second button, beside the main one. */
  readonly second: TemplateResult | typeof nothing;
  /** The browser's microphone button, below the remedy. */
  readonly permission: TemplateResult | typeof nothing;
  /** Label of the field for dictation; empty if there is none. */
  readonly field: string;
  /** Below the status line. */
  readonly notice: TemplateResult | typeof nothing;
  /** Small buttons at the end of the row. */
  readonly tools: TemplateResult | typeof nothing;
}

export function renderControls(model: ControlsModel): TemplateResult {
  const { status, lang, dir, second, notice, tools, permission, silent } = model;
  const isAdvice = silent || isHearing(status) || isStopped(status);
  return html`
    <div class="bar">
      <div part="toolbar" class="toolbar" lang=${lang ?? nothing}>
        ${renderButton(model)} ${second}
        <div class="report">
          <div class="said">
            <div
              part="meter"
              class="meter"
              aria-hidden="true"
              ?hidden=${status.name !== 'listening' && !isHearing(status)}
            ></div>
            <slot name="status"
              ><span part="status" class=${isAdvice ? 'advice' : ''} role="status" dir=${dir}
                >${statusText(model)}${renderBacklog(model)}</span
              ></slot
            >
            ${renderProgress(model)}
          </div>
          ${notice}
        </div>
        <slot name="toolbar"></slot>
        ${tools}
      </div>
    </div>
    ${renderErrors(model)} ${permission}
  `;
}

/**
 * The button's name says what pressing it does and changes with the state, so it has no `aria-pressed`: together they would
 * be announced as a contradiction. While finishing it stays focusable, so that the focus is not lost.
 */
function renderButton({ status, strings, dir, disabled, press, field }: ControlsModel): TemplateResult {
  const { name } = status;
  const shown = shownState(status);
  return html`
    <button
      part="button"
      type="button"
      data-state=${name}
      ?disabled=${disabled}
      aria-disabled=${name === 'finishing' ? 'true' : nothing}
      @click=${press}
    >
      <span part="icon" class="icon" aria-hidden="true">${icon(shown)}</span>
      <slot name="label"><span part="label" dir=${dir}>${buttonText(shown, strings)}</span></slot>
      ${field && html`<span class="unseen">${strings.ofField.replace('{field}', () => field)}</span>`}
    </button>
  `;
}

/** The state whose text and icon the button has. */
function shownState(status: Status): Status['name'] {
  if (isHearing(status)) return 'listening'; // recorded audio is not cancelled, but ended
  // The same audio would fail again.
  if (status.name === 'failed' && recoveryAction(status) === 'start') return 'ready';
  return status.name;
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
      if (isStopped(status)) return strings.statusHeard;
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

/** The number of seconds changes all the time, so screen readers announce only that transcription lags behind. */
function renderBacklog({ status, strings, language, behind, silent }: ControlsModel): TemplateResult | typeof nothing {
  const applies = status.name === 'finishing' || (status.name === 'listening' && !silent);
  if (!applies || behind <= 1) return nothing;
  const text = strings.backlog.replace('{seconds}', decimal(behind, 0, language));
  return html`<span part="backlog" aria-hidden="true"> (${text})</span>`;
}

function renderProgress(model: ControlsModel): TemplateResult | typeof nothing {
  const { status, strings, language, dir, expectedBytes } = model;
  if (status.name !== 'loading' || status.phase === 'source') return nothing;
  const { loaded, phase, pace } = status;
  const label = phase === 'download' ? strings.statusDownload : strings.statusPrepare;
  // Without a network at the first visit, only the model's name tells its size.
  const total = status.total || (pace?.waiting === true && expectedBytes) || 0;
  // Without a total the bar is indeterminate.
  if (total === 0) return html`<progress part="progress" aria-label=${label}></progress>`;
  const text = amountText({ loaded, total }, strings, language);
  const rest = pace ? paceText({ loaded, total, ...pace }, strings, language) : '';
  // While audio is recorded, the status line needs the room, and says what matters.
  const amount = isHearing(status)
    ? nothing
    : html`<span class="amount" aria-hidden="true" dir=${dir}>${text}${rest && html` · ${rest}`}</span>`;
  return html`
    ${amount}
    <progress part="progress" aria-label=${label} aria-valuetext=${text} max=${total} .value=${loaded}></progress>
  `;
}

/** Shows which lane failed, what is wrong with a recording, and the remedy. The error's message is meant for developers. */
function renderErrors({ status, lost, strings, lang, dir }: ControlsModel): TemplateResult[] {
  const failures = [...lost.map((error) => ({ error })), ...(status.name === 'failed' ? [status] : [])];
  return failures.map((failure) => {
    const { code, speaker } = failure.error;
    const texts = [
      speaker && strings.ofSpeaker.replace('{speaker}', () => speaker),
      faultText(failure, strings),
      strings.remedies[code],
    ];
    const text = texts.filter(Boolean).join(' ');
    return html`<p part="error" class="error" role="alert" lang=${lang ?? nothing} dir=${dir}>${text}</p>`;
  });
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
  :host(:not([mode='button'])) .bar {
    container-type: inline-size;
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

  /* As high as two lines and the progress bar in every state, so that neither the buttons nor the content below move. */
  .report {
    display: grid;
    flex: 1 1 0;
    align-content: center;
    min-inline-size: 0;
    min-block-size: max(44px, 2lh + 0.75rem);
    color: var(--_muted);
    font-size: 0.9em;
    line-height: 1.25;
  }

  .said {
    display: grid;
    grid-area: 1 / 1;
    grid-template-columns: auto minmax(0, 1fr);
    align-items: center;
    min-inline-size: 0;
  }

  .said > .meter {
    margin-inline-end: var(--_gap);
  }

  .said [part='status'],
  .said ::slotted([slot='status']) {
    grid-column: 2;
  }

  /* In a narrow element the status has its own row, and the small buttons are beside the main one. */
  @container (inline-size < 32rem) {
    .report {
      flex-basis: 100%;
      order: 1;
    }

    .tools:has([part~='copy']) {
      flex-basis: 100%;
      justify-content: end;
      order: 2;
    }
  }

  :host([mode='button']) .report {
    min-block-size: 44px;
  }

  :host([mode='button']) .report:has([part='status']:not(:empty), progress, .notice) {
    min-inline-size: 7rem;
  }

  /* Beside a lone button there is room for two lines. Only what the visitor has to act on may take more. */
  :host([mode='button']) [part='status']:not(.advice) {
    display: -webkit-box;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 2;
    overflow: hidden;
  }

  :host([mode='button']) .amount {
    display: none;
  }

  progress {
    box-sizing: border-box; /* Firefox adds its border to the size */
    grid-column: 1 / -1;
    inline-size: 100%;
    max-inline-size: 20rem;
    block-size: 0.375rem;
    margin-block-start: 0.125rem;
    accent-color: var(--_accent);
  }

  /* Two lines and the bar are then as high as the button, in Firefox, too. */
  :host([mode='button']) progress {
    margin-block-start: 0;
  }

  .amount {
    grid-column: 1 / -1;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
  }

  .error {
    margin-block: var(--_gap) 0;
    overflow-wrap: anywhere; /* names of files */
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
