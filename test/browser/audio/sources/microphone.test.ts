/** Opening the microphone: the browser's fake one, and every error of a missing one. */
import { assert } from '@open-wc/testing';
import type { AudioSource } from '../../../../src/audio/audio-source.js';
import { createSource } from '../../../../src/audio/create-source.js';
import type { MicrophoneOptions } from '../../../../src/audio/sources/microphone.js';
import type { SttErrorCode } from '../../../../src/errors.js';
import { snr } from '../../../unit/audio/signals.js';
import {
  abortAll,
  AudioReceiver,
  expectSttError,
  rejection,
  SourceEvents,
  track,
  WORKLET_URL,
} from '../audio-receiver.js';
import { devices, replaceGetUserMedia, states, watchGetUserMedia } from './fake-microphones.js';

const open = (options: MicrophoneOptions = {}): AudioSource =>
  track(createSource(undefined, { workletUrl: WORKLET_URL, ...options }));

/**
 * Required SNR in dB of the median tenth of a second: a sample lost by a busy machine affects only its tenth. Chromium's fake
 * microphone plays 16-bit samples exactly, and only the worklet resamples them. A sound server has a different clock, to
 * which browsers resample by fractions of a sample: 13 to above 40 dB were measured. A tone or silence is around 0 dB.
 */
const EXACT_SNR = 40;
const RESAMPLED_SNR = 10;

/** A recording as the file source posts it. */
async function receive(url: URL): Promise<Float32Array> {
  const [source, receiver] = [createSource(url, { workletUrl: WORKLET_URL }), new AudioReceiver()];
  await source.start(receiver.port);
  await receiver.until(({ ended }) => ended);
  return receiver.pcm;
}

/** The part of `received` most similar to `wanted`: the clip may start some ms before or after the microphone opens. */
function aligned(wanted: Float32Array, received: Float32Array): Float32Array {
  let [least, at] = [Infinity, 0];
  for (let lag = 0; lag + wanted.length <= received.length; lag++) {
    let error = 0;
    for (let i = 0; i < wanted.length; i += 8) error += ((wanted[i] ?? 0) - (received[lag + i] ?? 0)) ** 2;
    if (error < least) [least, at] = [error, lag];
  }
  return received.subarray(at, at + wanted.length);
}

describe('microphone source', function () {
  // Audio runs in real time and a busy machine can starve the audio thread. A real failure fails all three attempts.
  this.retries(2);
  this.timeout(30_000);
  afterEach(() => {
    abortAll();
    Reflect.deleteProperty(devices, 'getUserMedia');
    Reflect.deleteProperty(devices, 'enumerateDevices');
  });

  it('captures the fake microphone’s clip like a file source', async () => {
    const { streams } = watchGetUserMedia();
    const [source, receiver] = [open(), new AudioReceiver()];
    const events = new SourceEvents(source);
    await source.start(receiver.port);
    // In WebKitGTK two seconds of silence precede the clip. The compared part is within a second of speech.
    await receiver.until(({ frames }) => {
      const speech = frames.findIndex((frame) => frame.some((sample) => Math.abs(sample) > 0.1));
      return speech >= 0 && frames.length >= Math.max(30, speech + 13);
    });
    const isExact = streams[0]?.getAudioTracks()[0]?.label.startsWith('Fake ');
    await source.stop();
    await receiver.until(({ ended }) => ended);
    for (const { length } of receiver.frames) assert.strictEqual(length, 1_920);
    assert.deepEqual(states(streams), ['ended']);
    assert.isAbove(events.levels.length, 25);

    const clip = await receive(new URL('../../../fixtures/clips/en_human_goforward.wav', import.meta.url));
    const spoken = clip.subarray(24_000, 36_000);
    const received = receiver.pcm;
    const tenths = Array.from({ length: 5 }, (_, tenth) => spoken.subarray(tenth * 2_400, (tenth + 1) * 2_400));
    const ratios = tenths.map((wanted) => snr(aligned(wanted, received), wanted)).sort((a, b) => a - b);
    const least = isExact ? EXACT_SNR : RESAMPLED_SNR;
    assert.isAbove(ratios[2] ?? 0, least, ratios.map((ratio) => ratio.toFixed(1)).join(' '));
  });

  it('requests unprocessed audio by default', async () => {
    const { asked } = watchGetUserMedia();
    const source = open();
    await source.prepare();
    assert.deepEqual(asked, [{ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } }]);
    source.abort();
  });

  it('requests the given device and processing', async () => {
    const [device] = (await devices.enumerateDevices()).filter(({ kind }) => kind === 'audioinput');
    const deviceId = device?.deviceId ?? '';
    const { asked, streams } = watchGetUserMedia();
    const source = open({ deviceId, echoCancellation: true });
    await source.prepare();
    assert.deepEqual(asked, [
      {
        audio: {
          echoCancellation: true,
          noiseSuppression: false,
          autoGainControl: false,
          deviceId: { exact: deviceId },
        },
      },
    ]);
    assert.strictEqual(streams[0]?.getAudioTracks()[0]?.getSettings().deviceId, deviceId);
    source.abort();
    assert.deepEqual(states(streams), ['ended']);
  });

  it('requests the microphone once, in prepare', async () => {
    const { asked } = watchGetUserMedia();
    const [source, receiver] = [open(), new AudioReceiver()];
    await source.prepare();
    await source.start(receiver.port);
    await receiver.until(({ messages }) => messages.length > 2);
    assert.lengthOf(asked, 1);
    source.abort();
  });

  const errors: readonly (readonly [name: string, code: SttErrorCode])[] = [
    ['NotAllowedError', 'not-allowed'],
    ['SecurityError', 'not-allowed'],
    ['NotFoundError', 'audio-capture'],
    ['OverconstrainedError', 'audio-capture'],
    ['AbortError', 'audio-capture'],
    ['NotReadableError', 'microphone-busy'],
  ];
  for (const [name, code] of errors) {
    it(`maps ${name} to ${code}`, async () => {
      replaceGetUserMedia(() => Promise.reject(new DOMException('rejected by the test', name)));
      const error = await expectSttError(open().start(new AudioReceiver().port), code);
      assert.include(error.message, name);
      assert.include(error.message, 'rejected by the test');
    });
  }

  it('reports the id of a missing device', async () => {
    const error = await expectSttError(
      open({ deviceId: 'unplugged' }).start(new AudioReceiver().port),
      'audio-capture',
    );
    assert.include(error.message, 'unplugged');
  });

  it('is unsupported without mediaDevices', async () => {
    Object.defineProperty(navigator, 'mediaDevices', { value: undefined, configurable: true });
    try {
      const error = await expectSttError(open().start(new AudioReceiver().port), 'unsupported');
      assert.include(error.message, 'mediaDevices');
    } finally {
      Reflect.deleteProperty(navigator, 'mediaDevices');
    }
  });

  it('requires https', async () => {
    Object.defineProperty(navigator, 'mediaDevices', { value: undefined, configurable: true });
    Object.defineProperty(globalThis, 'isSecureContext', { value: false, configurable: true });
    try {
      const error = await expectSttError(open().start(new AudioReceiver().port), 'insecure-context');
      assert.include(error.message, location.origin);
    } finally {
      Reflect.deleteProperty(navigator, 'mediaDevices');
      Reflect.deleteProperty(globalThis, 'isSecureContext');
    }
  });

  it('releases a microphone that is granted after the abort', async () => {
    let grant = (): void => undefined;
    const streams: MediaStream[] = [];
    replaceGetUserMedia(async (real, constraints) => {
      await new Promise<void>((resolve) => {
        grant = resolve;
      });
      const stream = await real(constraints);
      streams.push(stream);
      return stream;
    });
    const controller = new AbortController();
    const work = open().start(new AudioReceiver().port, controller.signal);
    controller.abort();
    assert.strictEqual(await rejection(work), controller.signal.reason); // before the prompt is answered
    grant();
    while (streams.length === 0 || states(streams).includes('live'))
      await new Promise((resolve) => setTimeout(resolve, 10));
  });

  it('releases the microphone when it is aborted', async () => {
    const { streams } = watchGetUserMedia();
    const [source, receiver] = [open(), new AudioReceiver()];
    await source.start(receiver.port);
    source.abort();
    assert.deepEqual(states(streams), ['ended']);
    await source.stop();
    assert.isFalse(receiver.ended);
  });
});
