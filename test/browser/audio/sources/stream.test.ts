/** Capturing MediaStreams and MediaStreamTracks of the page. */
import { assert } from '@open-wc/testing';
import type { AudioSource } from '../../../../src/audio/audio-source.js';
import { createSource, type AudioInput } from '../../../../src/audio/create-source.js';
import { leaseContext } from '../../../../src/audio/sources/shared-context.js';
import { amplitudeAt } from '../../../unit/audio/signals.js';
import { endable } from './endable-stream.js';
import {
  abortAll,
  AudioReceiver,
  expectSttError,
  rejection,
  SourceEvents,
  track,
  WORKLET_URL,
} from '../audio-receiver.js';

const open = (input: AudioInput): AudioSource => track(createSource(input, { workletUrl: WORKLET_URL }));

/** A tone as a MediaStream, from a separate AudioContext with the given rate. */
class Tone {
  readonly stream: MediaStream;
  readonly #context: AudioContext;
  readonly #oscillator: OscillatorNode;

  constructor(frequency: number, rate: number) {
    this.#context = new AudioContext({ sampleRate: rate });
    this.#oscillator = new OscillatorNode(this.#context, { frequency });
    const destination = this.#context.createMediaStreamDestination();
    destination.channelCount = 1;
    this.#oscillator.connect(destination);
    this.#oscillator.start();
    this.stream = destination.stream;
  }

  get track(): MediaStreamTrack {
    const [track] = this.stream.getAudioTracks();
    if (!track) throw new Error('the destination has no track');
    return track;
  }

  async close(): Promise<void> {
    await this.#context.close();
  }
}

/** Amplitude in the latest frame: the first ones may contain the stream's start. */
function latestAmplitude(receiver: AudioReceiver, frequency: number): number {
  return amplitudeAt(frequency, receiver.latest, 24_000);
}

/** Frames after which a stream from this page has certainly started. */
const ENOUGH = 12;
const hasStarted = ({ messages }: AudioReceiver): boolean => messages.length >= ENOUGH;

/**
 * A second source of the same stream, as a clock: while its frames arrive, those of the source under test would, too.
 * @returns waits for so many more frames
 */
async function startClock(stream: MediaStream): Promise<(frames: number) => Promise<void>> {
  const receiver = new AudioReceiver();
  await open(stream).start(receiver.port);
  return async (frames) => {
    const before = receiver.messages.length;
    await receiver.until(({ messages }) => messages.length >= before + frames);
  };
}

/** Fails if `receiver` still receives messages, apart from those in flight. */
async function expectQuiet(receiver: AudioReceiver, clock: (frames: number) => Promise<void>): Promise<void> {
  await clock(3);
  const before = receiver.messages.length;
  await clock(4);
  assert.lengthOf(receiver.messages, before);
}

describe('stream source', function () {
  // Audio runs in real time and a busy machine can starve the audio thread. A real failure fails all three attempts.
  this.retries(2);
  this.timeout(30_000);
  afterEach(abortAll);

  for (const rate of [48_000, 44_100]) {
    it(`captures a stream made at ${rate} Hz`, async () => {
      const tone = new Tone(1_000, rate);
      const [source, receiver] = [open(tone.stream), new AudioReceiver()];
      await source.start(receiver.port);
      await receiver.until(hasStarted);
      assert.closeTo(latestAmplitude(receiver, 1_000), 1, 0.02);
      await source.stop();
      await receiver.until(({ ended }) => ended);
      assert.strictEqual(tone.track.readyState, 'live'); // the page owns the track
      await tone.close();
    });
  }

  it('captures a single track', async () => {
    const tone = new Tone(600, 48_000);
    const [source, receiver] = [open(tone.track), new AudioReceiver()];
    const events = new SourceEvents(source);
    await source.start(receiver.port);
    await receiver.until(hasStarted);
    assert.closeTo(latestAmplitude(receiver, 600), 1, 0.02);
    assert.closeTo(events.level?.peak ?? 0, 1, 0.02);
    source.abort();
    await tone.close();
  });

  it('ends with the last audio track, after posting all audio', async () => {
    const tones = [new Tone(500, 48_000), new Tone(900, 48_000)];
    const sounds = await Promise.all(tones.map(({ stream }) => endable(stream)));
    const [source, receiver] = [open(new MediaStream(sounds.map((sound) => sound.track))), new AudioReceiver()];
    const events = new SourceEvents(source);
    await source.start(receiver.port);
    await receiver.until(() => latestAmplitude(receiver, 500) > 0.5 && latestAmplitude(receiver, 900) > 0.5);
    await sounds[0]?.end();
    const before = receiver.messages.length;
    await receiver.until(({ messages }) => messages.length > before + 6);
    assert.isBelow(latestAmplitude(receiver, 500), 0.02);
    assert.isFalse(receiver.ended);
    await sounds[1]?.end();
    await events.ended;
    await receiver.until(({ ended }) => ended);
    for (const sound of sounds) sound.close();
    await Promise.all(tones.map((tone) => tone.close()));
  });

  it('captures a track that is added later', async () => {
    const tone = new Tone(500, 48_000);
    const other = new Tone(700, 48_000);
    const stream = new MediaStream([tone.track]);
    const [source, receiver] = [open(stream), new AudioReceiver()];
    await source.start(receiver.port);
    await receiver.until(hasStarted);
    stream.addTrack(other.track); // fires no event when the page itself adds the track
    stream.dispatchEvent(new MediaStreamTrackEvent('addtrack', { track: other.track }));
    const before = receiver.messages.length;
    await receiver.until(({ messages }) => messages.length > before + ENOUGH);
    assert.closeTo(latestAmplitude(receiver, 700), 1, 0.02);
    source.abort();
    await Promise.all([tone.close(), other.close()]);
  });

  it('posts nothing while paused', async () => {
    const tone = new Tone(500, 48_000);
    const [source, receiver] = [open(tone.stream), new AudioReceiver()];
    const events = new SourceEvents(source);
    await source.start(receiver.port);
    await receiver.until(hasStarted);
    const clock = await startClock(tone.stream);
    source.pause();
    while (events.level?.peak !== 0) await new Promise((resolve) => setTimeout(resolve, 20)); // the audio thread has paused
    await expectQuiet(receiver, clock);
    const before = receiver.messages.length;
    assert.deepEqual(events.level, { rms: 0, peak: 0 });
    source.resume();
    await receiver.until(({ messages }) => messages.length > before + 3);
    assert.deepEqual(
      receiver.messages.map((message) => message.type === 'frame' && message.index),
      [...receiver.messages.keys()],
    );
    source.abort();
    await tone.close();
  });

  it('posts nothing after an abort', async () => {
    const tone = new Tone(500, 48_000);
    const [source, receiver] = [open(tone.stream), new AudioReceiver()];
    await source.start(receiver.port);
    await receiver.until(hasStarted);
    const clock = await startClock(tone.stream);
    source.abort();
    await expectQuiet(receiver, clock);
    assert.isFalse(receiver.ended);
    await tone.close();
  });

  it('is aborted by the signal passed to start, during start and later', async () => {
    const tone = new Tone(500, 48_000);
    const early = new AbortController();
    const work = open(tone.stream).start(new AudioReceiver().port, early.signal);
    early.abort();
    assert.strictEqual(await rejection(work), early.signal.reason);

    const late = new AbortController();
    const receiver = new AudioReceiver();
    await open(tone.stream).start(receiver.port, late.signal);
    await receiver.until(hasStarted);
    const clock = await startClock(tone.stream);
    late.abort();
    await expectQuiet(receiver, clock);
    await tone.close();
  });

  it('reports digital silence', async () => {
    const context = new AudioContext();
    const constant = new ConstantSourceNode(context, { offset: 0 });
    const destination = context.createMediaStreamDestination();
    constant.connect(destination);
    constant.start();
    const [source, receiver] = [open(destination.stream), new AudioReceiver()];
    const silent = new Promise<boolean>((resolve) => {
      source.onsilent = resolve;
    });
    await source.start(receiver.port);
    assert.isTrue(await silent);
    source.abort();
    await context.close();
  });

  it('closes the page’s AudioContext with the last source', async () => {
    const tone = new Tone(500, 48_000);
    const probe = leaseContext();
    const { context } = probe;
    probe.release();
    const sources = [open(tone.stream), open(tone.stream)];
    const spy = leaseContext();
    await Promise.all(sources.map((source) => source.start(new AudioReceiver().port)));
    spy.release();
    assert.notStrictEqual(spy.context, context); // the probe's context was closed on release
    sources[0]?.abort();
    assert.notStrictEqual(spy.context.state, 'closed');
    await sources[1]?.stop();
    await new Promise((resolve) => {
      if (spy.context.state === 'closed') resolve(null);
      else spy.context.onstatechange = resolve;
    });
    assert.strictEqual(spy.context.state, 'closed');
    await tone.close();
  });

  it('rejects a stream without live audio tracks', async () => {
    const error = await expectSttError(open(new MediaStream()).start(new AudioReceiver().port), 'invalid-argument');
    assert.include(error.message, '0 audio tracks');
    const tone = new Tone(500, 48_000);
    tone.track.stop();
    await expectSttError(open(tone.stream).start(new AudioReceiver().port), 'invalid-argument');
    await tone.close();
  });

  it('reports the URL of a worklet that cannot be loaded, and can load another afterwards', async () => {
    const tone = new Tone(500, 48_000);
    const missing = createSource(tone.stream, { workletUrl: '/status/404/capture.worklet.js' });
    const error = await expectSttError(missing.start(new AudioReceiver().port), 'network');
    assert.include(error.message, '/status/404/capture.worklet.js');
    const broken = URL.createObjectURL(new Blob(['not a script'], { type: 'text/javascript' }));
    await expectSttError(
      createSource(tone.stream, { workletUrl: broken }).start(new AudioReceiver().port),
      'worker-failed',
    );
    const [source, receiver] = [open(tone.stream), new AudioReceiver()];
    await source.start(receiver.port);
    await receiver.until(hasStarted);
    await source.stop();
    await tone.close();
  });

  it('rejects a second start', async () => {
    const tone = new Tone(500, 48_000);
    const source = open(tone.stream);
    await source.start(new AudioReceiver().port);
    await expectSttError(source.start(new AudioReceiver().port), 'invalid-state');
    source.abort();
    await tone.close();
  });

  it('rejects start after a stop', async () => {
    const tone = new Tone(500, 48_000);
    const source = open(tone.stream);
    await source.stop();
    const reason = await rejection(source.start(new AudioReceiver().port));
    assert.propertyVal(reason as object, 'name', 'AbortError');
    await tone.close();
  });
});
