/** Where the words go: boxes for the lines or the paragraphs, which `WordsView` fills, and the log that is read aloud. */
import { html, nothing, type TemplateResult } from 'lit';
import type { Transcript } from '../../client/transcript.js';
import { LATEST } from './icons.js';
import type { StateName } from '../status.js';
import type { Strings } from '../strings/strings.js';

/** How much is shown: the last lines, everything, or nothing but the button. */
export type Mode = 'captions' | 'transcript' | 'button';

export interface CaptionsModel {
  readonly transcript: Transcript;
  readonly mode: Mode;
  readonly state: StateName;
  readonly strings: Strings;
  /** Of the texts that are not heard; undefined where the page brings its own. */
  readonly lang: string | undefined;
  /** Whether finished utterances are read aloud. */
  readonly announce: 'polite' | 'off';
  /** New words come into view by themselves. */
  readonly follows: boolean;
  readonly toLatest: () => void;
}

/**
 * What is seen grows word by word and is no live region: whoever listens to a screen reader hears each utterance once,
 * from the log, when it is finished.
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
  const { strings, lang, follows, toLatest } = model;
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
      <button part="latest" type="button" lang=${lang ?? nothing} ?hidden=${follows} @click=${toLatest}>
        ${LATEST}${strings.latest}
      </button>
      <p id="keys" class="unseen" hidden lang=${lang ?? nothing}>${strings.transcriptKeys}</p>
    </div>
  `;
}

const isEmpty = ({ transcript: { utterances, interim } }: CaptionsModel): boolean =>
  utterances.length === 0 && !interim;

/** What stands where no word is yet. That it listens, the status line has said aloud. */
function renderEmpty({ state, strings, lang }: CaptionsModel): TemplateResult | typeof nothing {
  switch (state) {
    case 'idle':
    case 'ready':
      return html`<slot class="invitation" lang=${lang ?? nothing}>${strings.invitation}</slot>`;
    case 'listening':
      return html`<span class="invitation" lang=${lang ?? nothing} aria-hidden="true">${strings.noWordsYet}</span>`;
    default:
      return nothing;
  }
}
