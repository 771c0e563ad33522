/** A stream that listens to a media element which does not play asks the visitor to start playback. */
import { assert, fixture, html } from '@open-wc/testing';
import type { KyutaiSttElement } from '../../../src/index.js';
import { FAKE_WORKER, modelUrl, until } from './rig.js';
import { silence } from './silence.js';

describe('<kyutai-stt> for a paused media element', () => {
  for (const [lang, waiting, listening] of [
    ['en', 'Press play to see captions', 'Listening'],
    ['fr', 'Lancez la lecture pour afficher les sous-titres', 'À\u00a0l’écoute'],
  ] as const) {
    it(`asks to start playback, and listens while it plays: ${lang}`, async () => {
      const page = await fixture(
        html`<div lang=${lang}>
          <audio id="talk" src=${silence(20)} muted></audio>
          <kyutai-stt for="talk" model=${modelUrl()} worker-src=${FAKE_WORKER}></kyutai-stt>
        </div>`,
      );
      const element = page.querySelector<KyutaiSttElement>('kyutai-stt')!;
      const media = page.querySelector('audio')!;
      const status = (): string => element.shadowRoot?.querySelector('[part=status]')?.textContent.trim() ?? '';
      const shown = (): string => element.shadowRoot?.querySelector('[part=captions]')?.textContent ?? '';
      await element.start();
      await until(element, 'the status', () => status() === waiting);
      assert.include(shown(), waiting);
      await media.play();
      await until(element, 'the playback', () => status() === listening);
      assert.notInclude(shown(), waiting);
      media.pause();
      await until(element, 'the pause', () => status() === waiting);
      element.abort();
    });
  }
});
