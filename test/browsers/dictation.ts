/** Dictation into five kinds of fields, with the input events that pages rely on. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { wordsOf } from '../e2e/clips.js';
import { record, until, withSite, withTab } from './browser.js';

interface Dictated {
  readonly text: string;
  readonly beforeinput: number;
  readonly input: number;
}

declare global {
  var dictate: (field: string, url: string) => Promise<Dictated>;
  var speak: (url: string) => Promise<string>;
}

const CLIP = 'en_human_seen';
const WORDS = wordsOf(CLIP);
const SENTENCE = WORDS.charAt(0).toUpperCase() + WORDS.slice(1);

describe('dictation', () => {
  it('writes into an input, a textarea, an editable element, a field in a shadow root and a form value', async () => {
    await withSite(async ({ url }) => {
      await withTab(`${url}browsers/fields.html`, async (tab) => {
        await until(tab, () => 'speak' in globalThis, []);
        const clip = `../clips/${CLIP}.wav`;
        for (const field of ['input', 'textarea', 'editable', 'shadow']) {
          const dictate = (name: string, recording: string): Promise<Dictated> => globalThis.dictate(name, recording);
          const { text, beforeinput, input }: Dictated = await tab.evaluate(dictate, field, clip);
          assert.equal(text.trim(), SENTENCE, field);
          assert.equal(input, WORDS.split(' ').length, `${field}: one input event a word`);
          assert.equal(beforeinput, input, `${field}: one beforeinput event for each input event`);
        }
        assert.equal(await tab.evaluate((recording: string) => globalThis.speak(recording), clip), WORDS);
        record('dictation', 'yes');
      });
    });
  });
});
