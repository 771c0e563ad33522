/** The transcript's buttons: copy, download in three formats, clear. */
import { css, html, nothing, type ReactiveController, type ReactiveElement, type TemplateResult } from 'lit';
import { CLEAR, COPY, DONE, DOWNLOAD } from './icons.js';
import { closeMenu, renderMenu } from './menu.js';
import type { Texts } from '../strings/language.js';
import type { Strings } from '../strings/strings.js';
import { renderToolButton } from './tool-button.js';

/** The element whose transcript the buttons act on. */
export interface TranscriptHost extends ReactiveElement {
  readonly transcript: string;
  readonly utterances: readonly unknown[];
  clear(): void;
  toVTT(): string;
  toSRT(): string;
}

/** How long the result of a copy is shown. */
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

  render({ strings, dir }: Pick<Texts, 'strings' | 'dir'>): TemplateResult {
    const empty = this.#host.utterances.length === 0;
    const label = this.#copied ? strings.copied : strings.copy;
    const status = this.#copied === undefined ? '' : this.#copied ? strings.copied : strings.notCopied;
    return html`
      <span class="copy-status ${this.#copied === false ? 'shown' : 'unseen'}" role="status" dir=${dir}>${status}</span>
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
        dir,
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
      () => false, // blocked; the status beside the button reports it
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
  // Revoked in the same task, the URL might be gone before the download starts.
  setTimeout(() => URL.revokeObjectURL(href), 1_000);
}

export const transcriptToolsStyles = css`
  .copy-status.shown {
    font-size: 0.9em;
  }
`;
