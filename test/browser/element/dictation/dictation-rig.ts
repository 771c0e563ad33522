/** A page with a field, and an element that dictates into it from a source that the test drives. */
import { fixture, html } from '@open-wc/testing';
import type { TemplateResult } from 'lit';
import type { KyutaiSttElement } from '../../../../src/index.js';
import { FAKE_WORKER, HandSource, modelUrl, rigOf, until, type Rig } from '../rig.js';

export interface DictationRig<F extends HTMLElement> extends Rig {
  readonly field: F;
  readonly source: HandSource;
  /** Every `input` event of the field so far: its type and what was typed. */
  readonly inputs: string[];
  /** The text of the field. */
  readonly text: () => string;
  /** Sends so many words, and resolves when they are transcribed. */
  readonly say: (words: number) => Promise<void>;
  /** Ends the utterance. */
  readonly pause: () => Promise<void>;
}

/** @param field a template in which one element has the id `field` */
export async function dictationRig<F extends HTMLElement>(
  field: TemplateResult,
  lang = 'en',
): Promise<DictationRig<F>> {
  const page = await fixture<HTMLElement>(
    html`<form lang=${lang}>
      ${field}
      <kyutai-stt
        mode="button"
        for="field"
        model=${modelUrl()}
        worker-src=${FAKE_WORKER}
        worker-kind="dedicated"
      ></kyutai-stt>
    </form>`,
  );
  const element = page.querySelector('kyutai-stt') as KyutaiSttElement;
  return dictationRigOf(element, page.querySelector<F>('#field') ?? (page as F));
}

export function dictationRigOf<F extends HTMLElement>(element: KyutaiSttElement, field: F): DictationRig<F> {
  const inputs: string[] = [];
  field.addEventListener('input', (event) => {
    const { inputType, data } = event as InputEvent;
    inputs.push(`${inputType} ${data ?? ''}`);
  });
  const source = new HandSource();
  let said = 0;
  const transcribed = (): number => element.words.length;
  return Object.assign(rigOf(element), {
    field,
    source,
    inputs,
    text: () =>
      field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement ? field.value : field.innerText,
    say: async (words: number) => {
      said += words;
      source.play(...Array<'word'>(words).fill('word'));
      await until(element, `${said} words`, () => transcribed() === said);
    },
    pause: async () => {
      source.play('turn');
      await until(element, 'the end of the utterance', () => element.utterances.at(-1)?.isFinal ?? false);
    },
  });
}

/** Whether the browser undoes what is typed by script in one go: in Firefox each insertion is one step. */
export async function groupsUndo(): Promise<boolean> {
  const field = await fixture<HTMLTextAreaElement>(html`<textarea></textarea>`);
  field.focus();
  const page: { execCommand(command: string, showUi?: boolean, text?: string): boolean } = document;
  for (const text of ['one', ' two']) page.execCommand('insertText', false, text);
  page.execCommand('undo');
  const { value } = field;
  field.remove();
  if (value !== '' && value !== 'one') throw new Error(`undo left ${JSON.stringify(value)}, expected "" or "one"`);
  return value === '';
}
