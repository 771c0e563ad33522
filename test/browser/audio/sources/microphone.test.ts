/** The microphone: Chromium's fake one, and every way a real one is missing. */
import { assert } from '@open-wc/testing';
import type { AudioSource } from '../../../../src/audio/audio-source.js';
import { createSource } from '../../../../src/audio/create-source.js';
import type { MicrophoneOptions } from '../../../../src/audio/sources/microphone.js';
import type { SttErrorCode } from '../../../../src/errors.js';
import { snr } from '../../../unit/audio/signals.js';
import { abortAll, Listener, refusal, rejection, Told, track, WORKLET_URL } from '../audio-receiver.js';
import { devices, replaceGetUserMedia, states, watchGetUserMedia } from './fake-microphones.js';

const open = (options: MicrophoneOptions = {}): AudioSource =>
  track(createSource(undefined, { workletUrl: WORKLET_URL, ...options }));

/**
 * dB, of the median tenth of a second: a sample that a busy machine loses spoils only the tenth it is in. Chromium's fake
 * microphone plays 16-bit sound sample for sample; the worklet's resampling is all that is between. A sound server
 * has its own clock, to which browsers resample by fractions of a sample: 13 to above 40 were measured. A tone, or a
 * microphone that is silent, is around 0.
 */
const EXACT_SNR = 40;
const RESAMPLED_SNR = 10;

/** What a file source hears of a recording. */
async function hear(url: URL): Promise<Float32Array> {
  const [source, listener] = [createSource(url, { workletUrl: WORKLET_URL }), new Listener()];
  await source.start(listener.port);
  await listener.until(({ ended }) => ended);
  return listener.pcm;
}

/** The stretch of `heard` that resembles `wanted` most. A microphone opens some ms into its clip, or before it. */
function aligned(wanted: Float32Array, heard: Float32Array): Float32Array {
  let [least, at] = [Infinity, 0];
  for (let lag = 0; lag + wanted.length <= heard.length; lag++) {
    let error = 0;
    for (let i = 0; i < wanted.length; i += 8) error += ((wanted[i] ?? 0) - (heard[lag + i] ?? 0)) ** 2;
    if (error < least) [least, at] = [error, lag];
  }
  return heard.subarray(at, at + wanted.length);
}

describe('microphone source', function () {
  // Sound is heard in real time: a machine that is busy for a moment starves the audio thread. What is broken fails thrice.
  this.retries(2);
  this.timeout(30_000);
  afterEach(() => {
    abortAll();
    Reflect.deleteProperty(devices, 'getUserMedia');
    Reflect.deleteProperty(devices, 'enumerateDevices');
  });

  it('hears the fake microphone’s clip as a file source hears it', async () => {
    const { streams } = watchGetUserMedia();
    const [source, listener] = [open(), new Listener()];
    const told = new Told(source);
    await source.start(listener.port);
    // WebKitGTK hears two seconds of silence before the clip. A second of speech holds the stretch that is compared.
    await listener.until(({ frames }) => {
      const speech = frames.findIndex((frame) => frame.some((sample) => Math.abs(sample) > 0.1));
      return speech >= 0 && frames.length >= Math.max(30, speech + 13);
    });
    const isExact = streams[0]?.getAudioTracks()[0]?.label.startsWith('Fake ');
    await source.stop();
    await listener.until(({ ended }) => ended);
    for (const { length } of listener.frames) assert.strictEqual(length, 1_920);
    assert.deepEqual(states(streams), ['ended']);
    assert.isAbove(told.levels.length, 25);

    const clip = await hear(new URL('../../../fixtures/clips/en_human_goforward.wav', import.meta.url));
    const spoken = clip.subarray(24_000, 36_000);
    const heard = listener.pcm;
    const tenths = Array.from({ length: 5 }, (_, tenth) => spoken.subarray(tenth * 2_400, (tenth + 1) * 2_400));
    const ratios = tenths.map((wanted) => snr(aligned(wanted, heard), wanted)).sort((a, b) => a - b);
    const least = isExact ? EXACT_SNR : RESAMPLED_SNR;
    assert.isAbove(ratios[2] ?? 0, least, ratios.map((ratio) => ratio.toFixed(1)).join(' '));
  });

  it('asks for the sound as it is', async () => {
    const { asked } = watchGetUserMedia();
    const source = open();
    await source.prepare();
    assert.deepEqual(asked, [{ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } }]);
    source.abort();
  });

  it('asks for the device it is told', async () => {
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

  it('asks once, in prepare', async () => {
    const { asked } = watchGetUserMedia();
    const [source, listener] = [open(), new Listener()];
    await source.prepare();
    await source.start(listener.port);
    await listener.until(({ messages }) => messages.length > 2);
    assert.lengthOf(asked, 1);
    source.abort();
  });

  const refusals: readonly (readonly [name: string, code: SttErrorCode])[] = [
    ['NotAllowedError', 'not-allowed'],
    ['SecurityError', 'not-allowed'],
    ['NotFoundError', 'audio-capture'],
    ['OverconstrainedError', 'audio-capture'],
    ['AbortError', 'audio-capture'],
    ['NotReadableError', 'microphone-busy'],
  ];
  for (const [name, code] of refusals) {
    it(`turns ${name} into ${code}`, async () => {
      replaceGetUserMedia(() => Promise.reject(new DOMException('refused by the test', name)));
      const error = await refusal(open().start(new Listener().port), code);
      assert.include(error.message, name);
      assert.include(error.message, 'refused by the test');
    });
  }

  it('names a device that is not there', async () => {
    const error = await refusal(open({ deviceId: 'unplugged' }).start(new Listener().port), 'audio-capture');
    assert.include(error.message, 'unplugged');
  });

  it('says why there is none on a page without mediaDevices', async () => {
    Object.defineProperty(navigator, 'mediaDevices', { value: undefined, configurable: true });
    try {
      const error = await refusal(open().start(new Listener().port), 'unsupported');
      assert.include(error.message, 'mediaDevices');
    } finally {
      Reflect.deleteProperty(navigator, 'mediaDevices');
    }
  });

  it('asks for https where the page is not secure', async () => {
    Object.defineProperty(navigator, 'mediaDevices', { value: undefined, configurable: true });
    Object.defineProperty(globalThis, 'isSecureContext', { value: false, configurable: true });
    try {
      const error = await refusal(open().start(new Listener().port), 'insecure-context');
      assert.include(error.message, location.origin);
    } finally {
      Reflect.deleteProperty(navigator, 'mediaDevices');
      Reflect.deleteProperty(globalThis, 'isSecureContext');
    }
  });

  it('lets go of a microphone that is granted after the abort', async () => {
    let grant = (): void => undefined;
    const streams: MediaStream[] = [];
    replaceGetUserMedia(async (real, ask) => {
      await new Promise<void>((resolve) => {
        grant = resolve;
      });
      const stream = await real(ask);
      streams.push(stream);
      return stream;
    });
    const controller = new AbortController();
    const work = open().start(new Listener().port, controller.signal);
    controller.abort();
    assert.strictEqual(await rejection(work), controller.signal.reason); // before the prompt is answered
    grant();
    while (streams.length === 0 || states(streams).includes('live'))
      await new Promise((resolve) => setTimeout(resolve, 10));
  });

  it('lets go of it at once when it is aborted', async () => {
    const { streams } = watchGetUserMedia();
    const [source, listener] = [open(), new Listener()];
    await source.start(listener.port);
    source.abort();
    assert.deepEqual(states(streams), ['ended']);
    await source.stop();
    assert.isFalse(listener.ended);
  });
});
