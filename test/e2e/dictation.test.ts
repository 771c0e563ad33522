/** Dictation from the microphone into the fields of a page, with the built package and the demo model. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Locator } from 'playwright';
import type { KyutaiSttElement } from '../../src/index.js';
import { LIVE_CLIP, wordsOf } from './clips.js';
import { button, untilTranscript, inState, transcribe } from './element-page.js';
import { AUTOFILL } from './outside.js';
import { withSite } from './site.js';

const WORDS = wordsOf(LIVE_CLIP);
const SENTENCE = WORDS.charAt(0).toUpperCase() + WORDS.slice(1);

/** The text of a field of any kind. */
function textOf(field: Locator): Promise<string> {
  return field.evaluate((node) => ('value' in node ? (node.value as string) : (node as HTMLElement).innerText));
}

async function reads(field: Locator, text: string): Promise<void> {
  const handle = await field.elementHandle();
  await field
    .page()
    .waitForFunction(([node, wanted]) => ('value' in node ? node.value : (node as HTMLElement).innerText) === wanted, [
      handle,
      text,
    ] as const);
}

describe('the dictation demo', () => {
  const fields = {
    'an input': ['#subject', 'Dictate (Subject)', SENTENCE],
    'an editable element': ['#remarks', 'Dicter (Remarques (zone de texte enrichi))', SENTENCE],
    'a field in a shadow root': [
      'signed-by input',
      'Dictate (Signed by (inside a web component))',
      WORDS.replace(/\b./g, (letter) => letter.toUpperCase()),
    ],
  } as const;
  for (const [kind, [selector, name, expected]] of Object.entries(fields)) {
    it(`types speech from the microphone into ${kind}, and sends nothing to other hosts`, async () => {
      await withSite({ microphone: LIVE_CLIP }, async (site) => {
        const page = await site.open('demo/dictation.html');
        const field = page.locator(selector);
        await page.getByRole('button', { name }).click();
        await reads(field, expected);
        assert.ok(await field.evaluate((node) => node.matches(':focus')));
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name }).waitFor();
        assert.equal(await textOf(field), expected);
        assert.deepEqual(
          site.outside.filter((host) => host !== AUTOFILL),
          [],
        );
      });
    });
  }

  it('has its button in the corner of the field, whose text stays beside it', async () => {
    await withSite({}, async (site) => {
      const page = await site.open('demo/dictation.html', (it) => it.setViewportSize({ width: 390, height: 800 }));
      for (const selector of ['#subject', '#message', '#remarks']) {
        const field = await page.locator(selector).boundingBox();
        const icon = await button(page.locator(`kyutai-stt[for=${selector.slice(1)}]`)).boundingBox();
        assert.ok(field && icon);
        assert.ok(icon.width >= 44 && icon.height >= 44, `${selector}: ${icon.width} × ${icon.height} px`);
        assert.ok(icon.y >= field.y && icon.y + icon.height <= field.y + field.height, selector);
        const room = await page.locator(selector).evaluate((node) => parseFloat(getComputedStyle(node).paddingRight));
        const end = field.x + field.width;
        assert.ok(
          icon.x + icon.width <= end && icon.x >= end - room - 2,
          `${selector}: ${icon.x} in ${field.x} … ${end}`,
        );
      }
    });
  });

  it('types at the caret of a textarea while the visitor types elsewhere in it, and undoes by utterance', async () => {
    await withSite({ microphone: LIVE_CLIP }, async (site) => {
      const page = await site.open('demo/dictation.html');
      const field = page.locator('#message');
      const element = page.locator('kyutai-stt[for=message]');
      await field.focus();
      await field.evaluate((node) => (node as HTMLTextAreaElement).setSelectionRange(7, 7)); // Please | and stop.
      await button(element).click();
      await inState(element, 'listening');
      await page.keyboard.press('Home');
      await page.keyboard.type('Now. ');
      await reads(field, `Now. Please ${WORDS} and stop.`);
      await page.keyboard.press('Escape');
      await inState(element, 'ready');

      await page.keyboard.press('Control+a');
      await page.keyboard.press('Delete');
      assert.equal(await textOf(field), '');
      await transcribe(element, '../clips/en_human_goforward.wav');
      const utterances = await element.evaluate((node) => (node as KyutaiSttElement).utterances.length);
      assert.match(await textOf(field), /^Go forward ten meters$/);
      for (let undone = 0; undone < utterances; undone++) await page.keyboard.press('Control+z');
      assert.equal(await textOf(field), '');
    });
  });
});

describe('a form', () => {
  it('is not submitted without a required transcript, is submitted with it, and restores it on going back', async () => {
    await withSite({ microphone: LIVE_CLIP }, async (site) => {
      const page = await site.open('pages/form.html');
      const note = page.locator('#note');
      const send = page.getByRole('button', { name: 'Send' });
      await send.click();
      assert.ok(page.url().endsWith('form.html'), 'a required note is missing');
      assert.ok(await note.evaluate((node) => node.shadowRoot?.activeElement?.localName === 'button'));

      await transcribe(page.locator('#button'), '../clips/en_human_goforward.wav');
      await button(note).click();
      await untilTranscript(note, WORDS);
      await button(note).click();
      await inState(note, 'ready');
      await send.click();
      await page.waitForURL('**/form.html?*');
      const sent = new URL(page.url()).searchParams;
      assert.equal(sent.get('message'), 'Go forward ten meters');
      assert.equal(sent.get('note')?.replace(/\s+/g, ' '), WORDS);

      await page.goBack();
      await untilTranscript(note, WORDS);
      await send.click();
      await page.waitForURL('**/form.html?*');
      assert.equal(new URL(page.url()).searchParams.get('note')?.replace(/\s+/g, ' '), WORDS);
    });
  });
});

describe('docs/guide.md, on dictation and forms', () => {
  const guide = readFileSync(new URL('../../docs/guide.md', import.meta.url), 'utf8');
  const snippets = [...guide.matchAll(/```html\n([^]*?)```/g)].map((match) => match[1] ?? '');
  const page = `<!doctype html><script type="module" src="kyutai-stt.js"></script>${snippets.filter((html) => /textarea|form/.test(html)).join('')}`;

  it('has a snippet that dictates into a textarea, and a form that submits its transcript', async () => {
    await withSite({ microphone: LIVE_CLIP }, async (site) => {
      const opened = await site.open('dist/snippets.html', (it) =>
        it.route('**/dist/snippets.html*', (route) => route.fulfill({ contentType: 'text/html', body: page })),
      );
      const dictating = opened.locator('kyutai-stt[for=message]');
      await button(dictating).click();
      await reads(opened.locator('#message'), SENTENCE);
      await button(dictating).click();
      await inState(dictating, 'ready');

      const note = opened.locator('#note');
      assert.equal(await transcribe(note, '../clips/en_human_goforward.wav'), 'go forward ten meters');
      await opened.getByRole('button', { name: 'Send' }).click();
      await opened.waitForURL('**/snippets.html?note=go+forward+ten+meters');
    });
  });
});
