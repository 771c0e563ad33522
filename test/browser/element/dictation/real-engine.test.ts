import { assert, fixture, html } from '@open-wc/testing';
import '../../../../src/index.js';
import type { KyutaiSttElement } from '../../../../src/index.js';

const CLIPS = '/test/fixtures/clips/';

describe('dictation with the real engine', () => {
  it('writes two recordings into one field, each where the caret is', async () => {
    const form = await fixture<HTMLFormElement>(
      html`<form lang="fr">
        <textarea id="field" name="field">Bonjour . Merci</textarea>
        <kyutai-stt model="demo" mode="button" for="field" worker-kind="dedicated"></kyutai-stt>
      </form>`,
    );
    const field = form.querySelector('textarea') as HTMLTextAreaElement;
    const element = form.querySelector('kyutai-stt') as KyutaiSttElement;
    const listen = async (clip: string): Promise<void> => {
      const ended = new Promise((resolve) => element.addEventListener('end', resolve, { once: true }));
      await element.start(new URL(`${CLIPS}${clip}.wav`, location.href));
      await ended;
    };
    field.focus();
    field.setSelectionRange(8, 8);
    await listen('fr_espeak_0');
    assert.strictEqual(field.value, 'Bonjour hier monter aide musique cinq. Merci');
    field.setSelectionRange(field.value.length, field.value.length);
    await listen('en_human_goforward');
    const expected = 'Bonjour hier monter aide musique cinq. Merci go forward ten meters';
    assert.strictEqual(field.value, expected);
    assert.strictEqual(new FormData(form).get('field'), expected);
  });
});
