/** Recordings transcribed on the GPU, in the workers that a page uses, have the words of the official implementation. */
import { assert } from '@open-wc/testing';
import type { WorkerKind } from '../../../src/client/connect.js';
import { createSource, SttClient, textOf, type StreamMetrics, type Transcript } from '../../../src/index.js';

const CLIPS = ['en_human_goforward', 'fr_espeak_3'] as const;

const fetchWords = async (clip: string): Promise<string> => {
  const golden = (await (await fetch(`/test/fixtures/clips/${clip}.json`)).json()) as { official_q4: { text: string } };
  return golden.official_q4.text;
};

async function transcribe(client: SttClient, clip: string): Promise<{ text: string; metrics: StreamMetrics }> {
  return new Promise((resolve, reject) => {
    let transcript: Transcript | undefined;
    const changed = (now: Transcript): void => void (transcript = now);
    const ended = (metrics: StreamMetrics): void => {
      if (transcript) resolve({ text: textOf(transcript).replace(/\s+/g, ' ').trim(), metrics });
      else reject(new Error(`no words in ${clip}`));
    };
    const source = createSource(`/test/fixtures/clips/${clip}.wav`);
    client.start(source, { changed, ended, failed: reject }).catch(reject);
  });
}

describe('a recording on the GPU', () => {
  for (const worker of ['dedicated', 'shared'] as const satisfies readonly WorkerKind[]) {
    it(`in a ${worker} worker has the official words, on one device`, async function () {
      this.timeout(180_000);
      const client = new SttClient({ model: '/models/demo-en_fr-q4_0.gguf', backend: 'webgpu', worker });
      const info = await client.load();
      assert.deepEqual([info.backend, client.host?.kind], ['webgpu', worker]);
      assert.isNotEmpty(info.adapter);
      const all = await Promise.all(CLIPS.map((clip) => transcribe(client, clip)));
      assert.deepEqual(
        all.map(({ text }) => text),
        await Promise.all(CLIPS.map(fetchWords)),
      );
      // A replaced device counts from zero, and then has fewer steps than the streams.
      const steps = all.reduce((sum, { metrics }) => sum + metrics.steps, 0);
      assert.isAtLeast(Math.max(...all.map(({ metrics }) => metrics.gpu?.steps ?? 0)), steps);
      client.close();
    });
  }
});
