import { assert } from '@open-wc/testing';
import { MediaCaptionsController } from '../../../../src/element/controllers/media-captions-controller.js';
import { GRACE_MS } from '../../../../src/element/controllers/presence-controller.js';
import { BareHost } from './bare-host.js';

function captionsRig() {
  const host = Object.assign(new BareHost(), { trackMode: 'showing' } as const);
  return { host, captions: new MediaCaptionsController(host, () => undefined) };
}

describe('MediaCaptionsController', () => {
  it('makes one track for each media element, in the mode of its host', () => {
    const { captions } = captionsRig();
    const [first, second] = [document.createElement('video'), document.createElement('video')];
    captions.begin(first, 'Live');
    assert.strictEqual(captions.media, first);
    assert.deepEqual([captions.textTrack?.label, captions.textTrack?.mode], ['Live', 'showing']);
    const track = captions.textTrack;
    captions.begin(second, 'Live');
    assert.notStrictEqual(captions.textTrack, track);
    captions.begin(first, 'Live');
    assert.strictEqual(captions.textTrack, track);
    assert.strictEqual(first.textTracks.length, 1);
  });

  it('has no track, times or words without a media element', () => {
    const { captions } = captionsRig();
    captions.begin(document.createElement('video'), 'Live');
    captions.begin(undefined, 'Live');
    assert.deepEqual(
      [captions.media, captions.textTrack, captions.spoken, captions.toMedia(1)],
      [undefined, undefined, undefined, undefined],
    );
  });

  it('follows the words and levels of a stream, and stops when its host leaves the document', async () => {
    const { host, captions } = captionsRig();
    const media = document.createElement('video');
    captions.begin(media, 'Live');
    captions.follow('level', { rms: 0, peak: 0 });
    const words = [{ text: 'one', start: 0, end: 0.04 }];
    captions.follow('transcript', { id: 1, text: 'one', words, isFinal: true, start: 0, end: 0.04 });
    assert.deepEqual(
      captions.spoken?.map((cue) => cue.map(({ text }) => text)),
      [['one']],
    );
    await host.disconnect();
    await new Promise((resolve) => setTimeout(resolve, GRACE_MS)); // fires after the controller's timer
    media.dispatchEvent(new Event('emptied'));
    assert.lengthOf(captions.spoken ?? [], 1);
  });
});
