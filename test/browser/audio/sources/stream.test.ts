/** Streams and tracks the page already has, through the page's own AudioContext. */
import { assert } from '@open-wc/testing';
import type { AudioSource } from '../../../../src/audio/audio-source.js';
import { createSource, type AudioInput } from '../../../../src/audio/create-source.js';
import { leaseContext } from '../../../../src/audio/sources/shared-context.js';
import { amplitudeAt } from '../../../unit/audio/signals.js';
import { endable } from './endable-stream.js';
import { abortAll, Listener, refusal, rejection, Told, track, WORKLET_URL } from '../audio-receiver.js';

const open = (input: AudioInput): AudioSource => track(createSource(input, { workletUrl: WORKLET_URL }));

/** A tone as a MediaStream, from an AudioContext at a rate of its own. */
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

/** Amplitude in the frame heard last: the first ones may hold the stream's beginning. */
function last(listener: Listener, frequency: number): number {
  return amplitudeAt(frequency, listener.latest, 24_000);
}

/** Frames until a stream made in this page has surely begun. */
const ENOUGH = 12;
const heard = ({ messages }: Listener): boolean => messages.length >= ENOUGH;

describe('stream source', function () {
  // Sound is heard in real time: a machine that is busy for a moment starves the audio thread. What is broken fails thrice.
  this.retries(2);
  this.timeout(30_000);
  afterEach(abortAll);

  for (const rate of [48_000, 44_100]) {
    it(`hears a stream made at ${rate} Hz`, async () => {
      const tone = new Tone(1_000, rate);
      const [source, listener] = [open(tone.stream), new Listener()];
      await source.start(listener.port);
      await listener.until(heard);
      assert.closeTo(last(listener, 1_000), 1, 0.02);
      await source.stop();
      await listener.until(({ ended }) => ended);
      assert.strictEqual(tone.track.readyState, 'live'); // not ours to stop
      await tone.close();
    });
  }

  it('hears a track alone', async () => {
    const tone = new Tone(600, 48_000);
    const [source, listener] = [open(tone.track), new Listener()];
    const told = new Told(source);
    await source.start(listener.port);
    await listener.until(heard);
    assert.closeTo(last(listener, 600), 1, 0.02);
    assert.closeTo(told.level?.peak ?? 0, 1, 0.02);
    source.abort();
    await tone.close();
  });

  it('ends with the last audio track, having said all it heard', async () => {
    const tones = [new Tone(500, 48_000), new Tone(900, 48_000)];
    const sounds = await Promise.all(tones.map(({ stream }) => endable(stream)));
    const [source, listener] = [open(new MediaStream(sounds.map((sound) => sound.track))), new Listener()];
    const told = new Told(source);
    await source.start(listener.port);
    await listener.until(() => last(listener, 500) > 0.5 && last(listener, 900) > 0.5);
    await sounds[0]?.end();
    const before = listener.messages.length;
    await listener.until(({ messages }) => messages.length > before + 6);
    assert.isBelow(last(listener, 500), 0.02);
    assert.isFalse(listener.ended);
    await sounds[1]?.end();
    await told.ended;
    await listener.until(({ ended }) => ended);
    for (const sound of sounds) sound.close();
    await Promise.all(tones.map((tone) => tone.close()));
  });

  it('takes up a track that is added later', async () => {
    const tone = new Tone(500, 48_000);
    const other = new Tone(700, 48_000);
    const stream = new MediaStream([tone.track]);
    const [source, listener] = [open(stream), new Listener()];
    await source.start(listener.port);
    await listener.until(heard);
    stream.addTrack(other.track); // fires no event where the page itself adds it
    stream.dispatchEvent(new MediaStreamTrackEvent('addtrack', { track: other.track }));
    const before = listener.messages.length;
    await listener.until(({ messages }) => messages.length > before + ENOUGH);
    assert.closeTo(last(listener, 700), 1, 0.02);
    source.abort();
    await Promise.all([tone.close(), other.close()]);
  });

  it('takes no sound while it is paused', async () => {
    const tone = new Tone(500, 48_000);
    const [source, listener] = [open(tone.stream), new Listener()];
    const told = new Told(source);
    await source.start(listener.port);
    await listener.until(heard);
    source.pause();
    while (told.level?.peak !== 0) await new Promise((resolve) => setTimeout(resolve, 20)); // the audio thread has paused
    await new Promise((resolve) => setTimeout(resolve, 100));
    const before = listener.messages.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.lengthOf(listener.messages, before);
    assert.deepEqual(told.level, { rms: 0, peak: 0 });
    source.resume();
    await listener.until(({ messages }) => messages.length > before + 3);
    assert.deepEqual(
      listener.messages.map((message) => message.type === 'frame' && message.index),
      [...listener.messages.keys()],
    );
    source.abort();
    await tone.close();
  });

  it('says nothing more once it is aborted', async () => {
    const tone = new Tone(500, 48_000);
    const [source, listener] = [open(tone.stream), new Listener()];
    await source.start(listener.port);
    await listener.until(heard);
    source.abort();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const before = listener.messages.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.lengthOf(listener.messages, before);
    assert.isFalse(listener.ended);
    await tone.close();
  });

  it('is aborted by the signal it was started with, during start and after', async () => {
    const tone = new Tone(500, 48_000);
    const early = new AbortController();
    const work = open(tone.stream).start(new Listener().port, early.signal);
    early.abort();
    assert.strictEqual(await rejection(work), early.signal.reason);

    const late = new AbortController();
    const listener = new Listener();
    await open(tone.stream).start(listener.port, late.signal);
    await listener.until(heard);
    late.abort();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const before = listener.messages.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.lengthOf(listener.messages, before);
    await tone.close();
  });

  it('tells of digital silence', async () => {
    const context = new AudioContext();
    const constant = new ConstantSourceNode(context, { offset: 0 });
    const destination = context.createMediaStreamDestination();
    constant.connect(destination);
    constant.start();
    const [source, listener] = [open(destination.stream), new Listener()];
    const silent = new Promise<boolean>((resolve) => {
      source.onsilent = resolve;
    });
    await source.start(listener.port);
    assert.isTrue(await silent);
    source.abort();
    await context.close();
  });

  it('closes the page’s AudioContext with the last source, and not before', async () => {
    const tone = new Tone(500, 48_000);
    const probe = leaseContext();
    const { context } = probe;
    probe.release();
    const sources = [open(tone.stream), open(tone.stream)];
    const spy = leaseContext();
    await Promise.all(sources.map((source) => source.start(new Listener().port)));
    spy.release();
    assert.notStrictEqual(spy.context, context); // the probe's was closed at its release
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

  it('refuses a stream without sound', async () => {
    const error = await refusal(open(new MediaStream()).start(new Listener().port), 'invalid-argument');
    assert.include(error.message, '0 audio tracks');
    const tone = new Tone(500, 48_000);
    tone.track.stop();
    await refusal(open(tone.stream).start(new Listener().port), 'invalid-argument');
    await tone.close();
  });

  it('names the worklet it cannot load, and can load another after that', async () => {
    const tone = new Tone(500, 48_000);
    const missing = createSource(tone.stream, { workletUrl: '/status/404/capture.worklet.js' });
    const error = await refusal(missing.start(new Listener().port), 'network');
    assert.include(error.message, '/status/404/capture.worklet.js');
    const broken = URL.createObjectURL(new Blob(['not a script'], { type: 'text/javascript' }));
    await refusal(createSource(tone.stream, { workletUrl: broken }).start(new Listener().port), 'worker-failed');
    const [source, listener] = [open(tone.stream), new Listener()];
    await source.start(listener.port);
    await listener.until(heard);
    await source.stop();
    await tone.close();
  });

  it('is started once', async () => {
    const tone = new Tone(500, 48_000);
    const source = open(tone.stream);
    await source.start(new Listener().port);
    await refusal(source.start(new Listener().port), 'invalid-state');
    source.abort();
    await tone.close();
  });

  it('stops before a start without a word', async () => {
    const tone = new Tone(500, 48_000);
    const source = open(tone.stream);
    await source.stop();
    const reason = await rejection(source.start(new Listener().port));
    assert.propertyVal(reason as object, 'name', 'AbortError');
    await tone.close();
  });
});
