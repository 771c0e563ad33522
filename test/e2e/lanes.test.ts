/** Two lanes on the real engine: a call as the channels of a recording, with what the microphone hears of the loudspeaker. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KyutaiSttElement } from '../../src/index.js';
import { wordsOf } from './clips.js';
import { withSite, type Site } from './site.js';

const [FAR, NEAR] = ['en_human_goforward', 'en_human_seen'] as const;
/** A loudspeaker in a room: a fifth of a second later, a third as loud. */
const ECHO = { seconds: 0.2, gain: 0.3 };

interface Said {
  readonly speaker: string | undefined;
  readonly text: string;
}

/** Transcribes a call: one speaks after the other, and the microphone's channel has an echo of the far end. */
async function call(site: Site, echo: 'drop' | 'keep'): Promise<{ said: Said[]; vtt: string }> {
  const page = await site.open('pages/elements.html');
  return page.locator('#first').evaluate(
    async (node, { clips, seconds, gain, echo: wanted }) => {
      const stt = node as KyutaiSttElement;
      const rate = 24_000;
      const context = new OfflineAudioContext(1, 1, rate);
      const [far, near] = await Promise.all(
        clips.map(async (clip) => {
          const response = await fetch(new URL(clip, document.baseURI));
          return (await context.decodeAudioData(await response.arrayBuffer())).getChannelData(0);
        }),
      );
      if (!far || !near) throw new Error('no clips');
      const turn = far.length + 2 * rate;
      const channels = [new Float32Array(turn + near.length), new Float32Array(turn + near.length)] as const;
      far.forEach((sample, i) => (channels[0][i + Math.round(seconds * rate)] = gain * sample));
      channels[0].set(near, turn);
      channels[1].set(far);
      const view = new DataView(new ArrayBuffer(44 + channels[0].length * 8));
      const header = [
        0x46464952,
        view.byteLength - 8,
        0x45564157,
        0x20746d66,
        16,
        0x20003,
        rate,
        rate * 8,
        0x200008,
        0x61746164,
      ];
      header.forEach((value, i) => view.setUint32(i * 4, value, true));
      view.setUint32(40, view.byteLength - 44, true);
      channels.forEach((samples, c) =>
        samples.forEach((sample, i) => view.setFloat32(44 + i * 8 + c * 4, sample, true)),
      );
      const source = new Blob([view], { type: 'audio/wav' });
      const ended = new Promise((resolve) => stt.addEventListener('end', resolve, { once: true }));
      await stt.start({
        lanes: [
          { source, channel: 0, label: 'Me' },
          { source, channel: 1, label: 'Them' },
        ],
        echo: wanted,
      });
      await ended;
      return { said: stt.utterances.map(({ speaker, text }) => ({ speaker, text })), vtt: stt.toVTT() };
    },
    { clips: [FAR, NEAR].map((clip) => `../clips/${clip}.wav`), ...ECHO, echo },
  );
}

const of = (said: readonly Said[], name: string): string =>
  said
    .filter(({ speaker }) => speaker === name)
    .map(({ text }) => text)
    .join(' ');

describe('two lanes of a call', () => {
  it('have what each speaker said, once, in the order of time', async () => {
    await withSite({}, async (site) => {
      const { said, vtt } = await call(site, 'drop');
      assert.equal(of(said, 'Them'), wordsOf(FAR));
      assert.equal(of(said, 'Me'), wordsOf(NEAR));
      assert.equal(said[0]?.speaker, 'Them');
      assert.match(vtt, /<v Them>/);
      assert.match(vtt, /<v Me>/);
      // The echo is loud enough to be transcribed.
      const kept = await call(site, 'keep');
      assert.equal(of(kept.said, 'Me'), `${wordsOf(FAR)} ${wordsOf(NEAR)}`);
    });
  });
});
