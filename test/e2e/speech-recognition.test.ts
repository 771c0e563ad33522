/** `KyutaiSpeechRecognition` in a page, with a real model and a microphone track. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type * as Recognition from '../../src/client/speech-recognition/index.js';
import { LIVE_CLIP, wordsOf } from './clips.js';
import { withSite } from './site.js';

describe('KyutaiSpeechRecognition in a page', () => {
  it('transcribes a track, fires its events in order, and does not stop the track', async () => {
    await withSite({ microphone: LIVE_CLIP }, async (site) => {
      const page = await site.open('pages/elsewhere.html');
      const result = await page.evaluate(async () => {
        const script = new URL('../dist/speech-recognition.js', document.baseURI).href;
        const { KyutaiSpeechRecognition } = (await import(script)) as typeof Recognition;
        KyutaiSpeechRecognition.configure({ model: 'demo' });
        // Loaded first: the fake microphone plays its clip once it is opened.
        const warm = new KyutaiSpeechRecognition();
        const loaded = new Promise((resolve, reject) => {
          warm.onstart = resolve;
          warm.onerror = ({ error, message }) => reject(new Error(`${error}: ${message}`));
        });
        warm.start(new AudioContext().createMediaStreamDestination().stream.getAudioTracks()[0]);
        await loaded;
        warm.abort();
        const [track] = (await navigator.mediaDevices.getUserMedia({ audio: true })).getAudioTracks();
        const recogniser = new KyutaiSpeechRecognition();
        recogniser.interimResults = true;
        const events: string[] = [];
        const interim: string[] = [];
        for (const type of ['start', 'audiostart', 'soundstart', 'speechstart', 'speechend', 'audioend', 'error'])
          recogniser.addEventListener(type, () => events.push(type));
        const final = new Promise<string>((resolve, reject) => {
          recogniser.onerror = ({ error, message }) => reject(new Error(`${error}: ${message}`));
          recogniser.onresult = ({ results, resultIndex }) => {
            const [alternative] = results[resultIndex] ?? [];
            if (results[resultIndex]?.isFinal) resolve(alternative?.transcript ?? '');
            else interim.push(alternative?.transcript ?? '');
          };
        });
        const ended = new Promise((resolve) => (recogniser.onend = resolve));
        recogniser.start(track);
        const text = await final;
        await ended;
        return { text, events, interim, state: track?.readyState };
      });
      assert.equal(result.text, wordsOf(LIVE_CLIP));
      assert.deepEqual(result.events, ['start', 'audiostart', 'soundstart', 'speechstart', 'speechend', 'audioend']);
      assert.ok(result.interim.length > 1, 'interim results grow');
      for (const text of result.interim) assert.ok(result.text.startsWith(text), `${text} was withdrawn`);
      assert.equal(result.state, 'live');
      assert.deepEqual(site.outside, []);
    });
  });
});
