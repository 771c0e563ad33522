/** Capturing the audio of a shared tab. */
import { assert } from '@open-wc/testing';
import type { AudioSource } from '../../../../src/audio/audio-source.js';
import { createSource } from '../../../../src/audio/create-source.js';
import { amplitudeAt } from '../../../unit/audio/signals.js';
import { endable } from './endable-stream.js';
import { abortAll, AudioReceiver, expectSttError, SourceEvents, track, WORKLET_URL } from '../audio-receiver.js';

const open = (): AudioSource => track(createSource('tab', { workletUrl: WORKLET_URL }));
const real = navigator.mediaDevices.getDisplayMedia.bind(navigator.mediaDevices);

/** Sets the outcome of the browser's sharing dialog. */
function answer(choice: () => Promise<MediaStream>): void {
  navigator.mediaDevices.getDisplayMedia = choice;
}

/** A shared tab: video and, with `audio`, a tone of 600 Hz. */
function shared({ audio }: { audio: boolean }): MediaStream {
  const video = document.createElement('canvas').captureStream();
  if (!audio) return video;
  const context = new AudioContext();
  const [tone, stream] = [new OscillatorNode(context, { frequency: 600 }), context.createMediaStreamDestination()];
  tone.connect(stream);
  tone.start();
  return new MediaStream([...video.getTracks(), ...stream.stream.getTracks()]);
}

describe('tab source', function () {
  this.timeout(30_000);
  afterEach(() => {
    abortAll();
    navigator.mediaDevices.getDisplayMedia = real;
  });

  it('captures the tab and stops sharing when it is stopped', async () => {
    const stream = shared({ audio: true });
    answer(() => Promise.resolve(stream));
    const [source, receiver] = [open(), new AudioReceiver()];
    await source.start(receiver.port);
    await receiver.until(({ frames }) => frames.some((frame) => amplitudeAt(600, frame, 24_000) > 0.5));
    await source.stop();
    assert.isTrue(stream.getTracks().every(({ readyState }) => readyState === 'ended'));
  });

  it('ends when the visitor stops sharing', async () => {
    const sound = await endable(shared({ audio: true }));
    answer(() => Promise.resolve(sound.stream));
    const [source, receiver] = [open(), new AudioReceiver()];
    const events = new SourceEvents(source);
    await source.start(receiver.port);
    await sound.end();
    await events.ended;
    await receiver.until(({ ended }) => ended);
  });

  it('fails with share-without-audio and stops sharing if the tab is shared without audio', async () => {
    const stream = shared({ audio: false });
    answer(() => Promise.resolve(stream));
    const error = await expectSttError(open().start(new AudioReceiver().port), 'share-without-audio');
    assert.match(error.remedy, /Also share tab audio/);
    assert.isTrue(stream.getTracks().every(({ readyState }) => readyState === 'ended'));
  });

  for (const [name, code] of [
    ['NotAllowedError', 'share-refused'],
    ['InvalidStateError', 'invalid-state'],
    ['NotReadableError', 'share-without-audio'],
    ['TypeError', 'unsupported'],
  ] as const) {
    it(`maps ${name} to ${code}`, async () => {
      answer(() => Promise.reject(name === 'TypeError' ? new TypeError('no') : new DOMException('no', name)));
      await expectSttError(open().start(new AudioReceiver().port), code);
    });
  }

  it('stops sharing if it is granted after an abort', async () => {
    const stream = shared({ audio: true });
    let grant: (stream: MediaStream) => void = () => undefined;
    answer(() => new Promise((resolve) => (grant = resolve)));
    const [source, controller] = [open(), new AbortController()];
    const starting = source.start(new AudioReceiver().port, controller.signal).catch((cause: unknown) => cause);
    controller.abort();
    assert.strictEqual((await starting) instanceof DOMException, true);
    grant(stream);
    await new Promise((resolve) => setTimeout(resolve));
    assert.isTrue(stream.getTracks().every(({ readyState }) => readyState === 'ended'));
  });
});
