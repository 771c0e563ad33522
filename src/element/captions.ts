/** Draws what was heard: lines of words that only ever grow at the end. */
import { html, nothing, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Transcript, Utterance } from '../client/transcript.js';
import type { StateName } from './status.js';
import type { Strings } from './strings.js';

/** How much is shown: the last lines, everything, or nothing but the button. */
export type Mode = 'captions' | 'transcript' | 'button';

export const MODES = ['captions', 'transcript', 'button'] as const satisfies readonly Mode[];

/** Captions keep this many utterances; the rest is in `transcript`. */
const CAPTION_LINES = 3;

export interface CaptionsModel {
  readonly transcript: Transcript;
  readonly mode: Exclude<Mode, 'button'>;
  readonly state: StateName;
  readonly strings: Strings;
  /** Of the texts that are not heard; undefined where the page brings its own. */
  readonly lang: string | undefined;
}

/**
 * A polite live region. Words are added to it whole and never rewritten, so each is spoken once; the unfinished word,
 * which still changes, is only for the eyes.
 */
export function renderCaptions(model: CaptionsModel): TemplateResult {
  const { transcript, mode, strings } = model;
  const { utterances, interim } = transcript;
  const shown = mode === 'captions' ? utterances.slice(-CAPTION_LINES) : utterances;
  const last = shown.at(-1);
  const continues = last !== undefined && !last.isFinal;
  return html`
    <div
      part=${mode === 'captions' ? 'captions' : 'captions transcript'}
      class=${mode}
      role="log"
      aria-live="polite"
      aria-label=${strings.captions}
      dir="auto"
      tabindex=${mode === 'transcript' ? 0 : nothing}
    >
      ${utterances.length === 0 && !interim ? renderEmpty(model) : nothing}
      ${repeat(
        shown,
        ({ id }) => id,
        (utterance) => {
          const growing = utterance === last && continues ? interim?.text : undefined;
          // A line that did not change costs nothing, however long the transcript is.
          return guard([utterance, growing], () => renderLine(utterance, growing));
        },
      )}
      ${interim && !continues ? html`<p part="line">${renderInterim(interim.text)}</p>` : nothing}
    </div>
  `;
}

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

function renderLine({ words }: Utterance, interim: string | undefined): TemplateResult {
  return html`<p part="line">
    ${words.map(({ text }) => html`<span part="word">${text}</span> `)}${renderInterim(interim)}
  </p>`;
}

function renderInterim(text: string | undefined): TemplateResult | typeof nothing {
  return text ? html`<span part="interim" aria-hidden="true">${text}</span>` : nothing;
}
