/** The sound of a shared tab. */
import { assert } from '@open-wc/testing';
import type { AudioSource } from '../../../../src/audio/audio-source.js';
import { createSource } from '../../../../src/audio/create-source.js';
import { amplitudeAt } from '../../../unit/audio/signals.js';
import { endable } from './endable-stream.js';
import { abortAll, Listener, refusal, Told, track, WORKLET_URL } from '../audio-receiver.js';

const open = (): AudioSource => track(createSource('tab', { workletUrl: WORKLET_URL }));
const real = navigator.mediaDevices.getDisplayMedia.bind(navigator.mediaDevices);

/** What the visitor's choice in the browser's dialog comes to. */
function answer(choice: () => Promise<MediaStream>): void {
  navigator.mediaDevices.getDisplayMedia = choice;
}

/** A shared tab: a picture and, if the visitor ticks the box, a tone of 600 Hz. */
function shared({ audio }: { audio: boolean }): MediaStream {
  const picture = document.createElement('canvas').captureStream();
  if (!audio) return picture;
  const context = new AudioContext();
  const [tone, stream] = [new OscillatorNode(context, { frequency: 600 }), context.createMediaStreamDestination()];
  tone.connect(stream);
  tone.start();
  return new MediaStream([...picture.getTracks(), ...stream.stream.getTracks()]);
}

describe('tab source', function () {
  this.timeout(30_000);
  afterEach(() => {
    abortAll();
    navigator.mediaDevices.getDisplayMedia = real;
  });

  it('hears the tab, and gives it back when it is stopped', async () => {
    const stream = shared({ audio: true });
    answer(() => Promise.resolve(stream));
    const [source, listener] = [open(), new Listener()];
    await source.start(listener.port);
    await listener.until(({ frames }) => frames.some((frame) => amplitudeAt(600, frame, 24_000) > 0.5));
    await source.stop();
    assert.isTrue(stream.getTracks().every(({ readyState }) => readyState === 'ended'));
  });

  it('ends when the visitor ends the sharing', async () => {
    const sound = await endable(shared({ audio: true }));
    answer(() => Promise.resolve(sound.stream));
    const [source, listener] = [open(), new Listener()];
    const told = new Told(source);
    await source.start(listener.port);
    await sound.end();
    await told.ended;
    await listener.until(({ ended }) => ended);
  });

  it('says so where the tab is shared without its sound, and ends the sharing', async () => {
    const stream = shared({ audio: false });
    answer(() => Promise.resolve(stream));
    const error = await refusal(open().start(new Listener().port), 'share-without-audio');
    assert.match(error.remedy, /Also share tab audio/);
    assert.isTrue(stream.getTracks().every(({ readyState }) => readyState === 'ended'));
  });

  for (const [name, code] of [
    ['NotAllowedError', 'share-refused'],
    ['InvalidStateError', 'invalid-state'],
    ['NotReadableError', 'share-without-audio'],
    ['TypeError', 'unsupported'],
  ] as const) {
    it(`turns ${name} into ${code}`, async () => {
      answer(() => Promise.reject(name === 'TypeError' ? new TypeError('no') : new DOMException('no', name)));
      await refusal(open().start(new Listener().port), code);
    });
  }

  it('ends a sharing that is granted after nobody waits for it', async () => {
    const stream = shared({ audio: true });
    let grant: (stream: MediaStream) => void = () => undefined;
    answer(() => new Promise((resolve) => (grant = resolve)));
    const [source, controller] = [open(), new AbortController()];
    const starting = source.start(new Listener().port, controller.signal).catch((cause: unknown) => cause);
    controller.abort();
    assert.strictEqual((await starting) instanceof DOMException, true);
    grant(stream);
    await new Promise((resolve) => setTimeout(resolve));
    assert.isTrue(stream.getTracks().every(({ readyState }) => readyState === 'ended'));
  });
});
