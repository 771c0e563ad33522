/** Draws what was heard: lines of words that only ever grow at the end. */
import { html, nothing, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Transcript, Utterance } from '../client/transcript.js';
import type { Strings } from './strings.js';

/** How much is shown: the last lines, everything, or nothing but the button. */
export type Mode = 'captions' | 'transcript' | 'button';

export const MODES = ['captions', 'transcript', 'button'] as const satisfies readonly Mode[];

/** Captions keep this many utterances; the rest is in `transcript`. */
const CAPTION_LINES = 3;

/**
 * A polite live region. Words are added to it whole and never rewritten, so each is spoken once; the unfinished word,
 * which still changes, is only for the eyes.
 */
export function renderCaptions(
  transcript: Transcript,
  mode: Exclude<Mode, 'button'>,
  strings: Strings,
): TemplateResult {
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
      ${utterances.length === 0 && !interim ? html`<slot class="invitation">${strings.invitation}</slot>` : nothing}
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

function renderLine({ words }: Utterance, interim: string | undefined): TemplateResult {
  return html`<p part="line">
    ${words.map(({ text }) => html`<span part="word">${text}</span> `)}${renderInterim(interim)}
  </p>`;
}

function renderInterim(text: string | undefined): TemplateResult | typeof nothing {
  return text ? html`<span part="interim" aria-hidden="true">${text}</span>` : nothing;
}
