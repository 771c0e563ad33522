/** The notice below the button before the first press: what will be downloaded, and why the model might not run. */
import { css, html, nothing, type TemplateResult } from 'lit';
import type { SttErrorCode } from '../../errors.js';
import type { WhenFull } from '../../protocol/model.js';
import type { Availability } from '../../protocol/queries.js';
import type { Status } from '../status.js';
import type { Strings, TextDirection } from '../strings/strings.js';
import { decimal, megabytes } from './format-numbers.js';

export interface NoticeModel {
  readonly status: Status;
  /** Undefined until the preflight has answered. */
  readonly availability: Availability | undefined;
  /** Size of the model in bytes, if its name determines it. */
  readonly bytes: number | undefined;
  /** What happens without enough storage; default `error`. */
  readonly whenFull?: WhenFull;
  /** The loaded model could not be stored. */
  readonly notKept?: boolean;
  readonly strings: Strings;
  readonly language: string;
  readonly lang: string | undefined;
  readonly dir: TextDirection;
}

/** Errors after which a part of the model may be stored. */
const RESUMABLE: ReadonlySet<SttErrorCode> = new Set(['network', 'quota', 'integrity', 'aborted']);

/** Renders the notice, and where there is none any more, keeps the place of the last one: what is below must not move. */
export class NoticeView {
  #last = '';

  render(model: NoticeModel): TemplateResult | typeof nothing {
    const text = noticeTexts(model).join(' ');
    if (text !== '') this.#last = text;
    if (this.#last === '') return nothing;
    const isPast = text === '';
    return html`<p
      part=${isPast ? nothing : 'notice'}
      class="notice ${isPast ? 'past' : ''}"
      aria-hidden=${isPast ? 'true' : nothing}
      lang=${model.lang ?? nothing}
      dir=${model.dir}
    >
      ${this.#last}
    </p>`;
  }

  /** The model has changed, or needs no notice. */
  clear(): void {
    this.#last = '';
  }
}

/** The sentences of the notice; empty if there is none. */
export function noticeTexts(model: Omit<NoticeModel, 'dir'>): string[] {
  const { status, availability, bytes, strings, language } = model;
  if (status.name === 'failed') {
    const stored = availability !== undefined && availability.storedBytes > 0 && availability.status !== 'available';
    return stored && RESUMABLE.has(status.error.code) ? [strings.modelGoesOn] : [];
  }
  if (status.name === 'ready') return model.notKept === true ? [strings.modelNotKept] : [];
  if (status.name !== 'idle') return [];
  const size = (text: string, of: number): string => text.replace('{size}', megabytes(of, language));
  if (availability === undefined) return bytes === undefined ? [] : [size(strings.modelDownload, bytes)];
  const { downloadBytes, storedBytes, freeBytes = 0, memoryBytes, freeMemoryBytes, code, predictedRtf } = availability;
  const slow =
    code === 'falling-behind' && predictedRtf !== undefined
      ? [strings.modelTooSlow.replace('{factor}', decimal(predictedRtf, 1, language))]
      : [];
  switch (availability.status) {
    case 'available':
      return [strings.modelHere, ...slow];
    case 'downloading':
      return [strings.modelComing, ...slow];
    case 'unavailable':
      if (code === 'quota' && downloadBytes !== undefined && model.whenFull === 'memory')
        return [size(strings.modelInMemory, downloadBytes), ...slow];
      if (code === 'quota' && downloadBytes !== undefined)
        return [size(strings.modelNoRoom, downloadBytes).replace('{free}', megabytes(freeBytes, language))];
      if (memoryBytes !== undefined && freeMemoryBytes !== undefined)
        return [size(strings.modelNoMemory, memoryBytes).replace('{free}', megabytes(freeMemoryBytes, language))];
      return [strings.remedies[code ?? 'unsupported']];
    case 'downloadable': {
      if (downloadBytes === undefined) return slow;
      const all = downloadBytes + storedBytes;
      if (availability.notKept !== undefined) return [size(strings.modelEachVisit, all), ...slow];
      if (storedBytes === 0) return [size(strings.modelDownload, all), ...slow];
      return [size(strings.modelPartly, all).replace('{stored}', megabytes(storedBytes, language)), ...slow];
    }
  }
}

export const noticeStyles = css`
  .notice {
    margin: 0;
  }

  .past {
    grid-area: 1 / 1;
    visibility: hidden;
  }
`;
