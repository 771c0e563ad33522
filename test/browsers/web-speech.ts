/** `KyutaiSpeechRecognition` on the microphone. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LIVE_CLIP, wordsOf } from '../e2e/clips.js';
import type * as Recognition from '../../src/client/speech-recognition/index.js';
import { record, withLiveSound, withSite, withTab } from './browser.js';

describe('KyutaiSpeechRecognition', () => {
  it('gives a final result and its events in order', async () => {
    await withSite(async ({ url }) => {
      await withLiveSound(() =>
        withTab(`${url}pages/elsewhere.html`, async (tab) => {
          const { text, events } = await tab.evaluate(async () => {
            const script = new URL('../dist/speech-recognition.js', document.baseURI).href;
            const { KyutaiSpeechRecognition } = (await import(script)) as typeof Recognition;
            KyutaiSpeechRecognition.configure({ model: 'demo' });
            const recogniser = new KyutaiSpeechRecognition();
            const events: string[] = [];
            for (const type of ['start', 'audiostart', 'speechstart', 'speechend', 'audioend', 'end'])
              recogniser.addEventListener(type, () => events.push(type));
            const ended = new Promise((resolve) => {
              recogniser.onend = resolve;
            });
            const text = await new Promise<string>((resolve, reject) => {
              recogniser.onerror = ({ error, message }) => reject(new Error(`${error}: ${message}`));
              recogniser.onresult = ({ results }) => resolve(results[0]?.[0]?.transcript ?? '');
              recogniser.start();
            });
            await ended;
            return { text, events };
          });
          assert.equal(text, wordsOf(LIVE_CLIP));
          assert.deepEqual(events, ['start', 'audiostart', 'speechstart', 'speechend', 'audioend', 'end']);
          record('webSpeech', 'yes');
        }),
      );
    });
  });
});
