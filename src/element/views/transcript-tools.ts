/** The buttons of a transcript: copy, download in three formats, clear. */
import { css, html, nothing, type ReactiveController, type ReactiveElement, type TemplateResult } from 'lit';
import { CLEAR, COPY, DONE, DOWNLOAD } from './icons.js';
import { closeMenu, renderMenu } from './menu.js';
import type { Strings } from '../strings/strings.js';
import { renderToolButton } from './tool-button.js';

/** What the buttons work on. */
export interface TranscriptHost extends ReactiveElement {
  readonly transcript: string;
  readonly utterances: readonly unknown[];
  clear(): void;
  toVTT(): string;
  toSRT(): string;
}

/** How long a copy is confirmed. */
const CONFIRM_MS = 3_000;

export class TranscriptTools implements ReactiveController {
  readonly #host: TranscriptHost;
  #copied: boolean | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: TranscriptHost) {
    this.#host = host;
    host.addController(this);
  }

  hostDisconnected(): void {
    clearTimeout(this.#timer);
    this.#copied = undefined;
  }

  render(strings: Strings): TemplateResult {
    const empty = this.#host.utterances.length === 0;
    const label = this.#copied ? strings.copied : strings.copy;
    const said = this.#copied === undefined ? '' : this.#copied ? strings.copied : strings.notCopied;
    return html`
      <span class="said ${this.#copied === false ? 'shown' : 'unseen'}" role="status">${said}</span>
      ${renderToolButton({
        part: 'copy',
        label,
        icon: this.#copied ? DONE : COPY,
        disabled: empty,
        press: () => void this.#copy(),
      })}
      ${renderMenu({
        name: 'download',
        label: strings.download,
        icon: DOWNLOAD,
        disabled: empty,
        content: html`
          ${this.#download(strings, strings.downloadText, 'txt', () => `${this.#host.transcript}\n`)}
          ${this.#download(strings, strings.downloadVTT, 'vtt', () => this.#host.toVTT())}
          ${this.#download(strings, strings.downloadSRT, 'srt', () => this.#host.toSRT())}
        `,
      })}
      ${renderToolButton({
        part: 'clear',
        label: strings.clear,
        icon: CLEAR,
        disabled: empty,
        press: () => this.#host.clear(),
      })}
    `;
  }

  #download(strings: Strings, label: string, type: keyof typeof TYPES, make: () => string): TemplateResult {
    const press = (): void => {
      save(`${strings.fileName}.${type}`, TYPES[type], make());
      if (this.#host.shadowRoot) closeMenu(this.#host.shadowRoot);
    };
    return html`<button part="menu-item" class="plain" type="button" @click=${press}>${label}</button>${nothing}`;
  }

  async #copy(): Promise<void> {
    this.#copied = await navigator.clipboard.writeText(this.#host.transcript).then(
      () => true,
      () => false, // refused: the status beside the button says so
    );
    this.#host.requestUpdate();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#copied = undefined;
      this.#host.requestUpdate();
    }, CONFIRM_MS);
  }
}

const TYPES = { txt: 'text/plain', vtt: 'text/vtt', srt: 'application/x-subrip' } as const;

function save(name: string, type: string, text: string): void {
  const href = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  Object.assign(document.createElement('a'), { href, download: name }).click();
  // Given up in the same task, a download could find nothing.
  setTimeout(() => URL.revokeObjectURL(href), 1_000);
}

export const transcriptToolsStyles = css`
  .said.shown {
    font-size: 0.9em;
  }
`;
