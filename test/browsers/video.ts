/** Captions of a playing video, as cues of a text track. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { wordsOf } from '../e2e/clips.js';
import { record, until, withLiveSound, withSite, withTab } from './browser.js';

/** The first words in the video, from 1.2 s; then they are repeated with pauses. */
const FIRST = wordsOf('en_human_seen');

describe('captions', () => {
  it('are cues of a video while it plays', async () => {
    await withSite(async ({ url }) => {
      await withLiveSound(() =>
        withTab(`${url}demo/captions.html`, async (tab) => {
          await tab.evaluate(async () => {
            await document.querySelector<HTMLVideoElement>('#film')?.play();
          });
          const start = await until(
            tab,
            (wanted: string) => {
              const cues = [...(document.querySelector<HTMLVideoElement>('#film')?.textTracks[0]?.cues ?? [])];
              const text = cues.map((cue) => (cue as VTTCue).text.replaceAll('\n', ' ')).join(' ');
              return text.includes(wanted) && cues[0]?.startTime;
            },
            [FIRST],
          );
          const { mode, hasCapture } = await tab.evaluate(() => ({
            mode: document.querySelector<HTMLVideoElement>('#film')?.textTracks[0]?.mode,
            hasCapture: 'captureStream' in HTMLMediaElement.prototype,
          }));
          assert.equal(mode, 'showing');
          assert.ok(start > 0.5 && start < 3, `the first cue begins at ${start} s`);
          record('video', hasCapture ? 'yes' : 'yes, through the page’s audio graph: no `captureStream`');
        }),
      );
    });
  });
});
