/** Capturing the audio of media elements. */
import { assert, fixtureCleanup, fixture, html } from '@open-wc/testing';
import type { AudioSource } from '../../../../src/audio/audio-source.js';
import { createSource } from '../../../../src/audio/create-source.js';
import { leaseContext } from '../../../../src/audio/sources/shared-context.js';
import { amplitudeAt, sine } from '../../../unit/audio/signals.js';
import { abortAll, AudioReceiver, expectSttError, SourceEvents, track, wav, WORKLET_URL } from '../audio-receiver.js';

const open = (element: HTMLMediaElement): AudioSource => track(createSource(element, { workletUrl: WORKLET_URL }));

/** An element that plays `seconds` of 600 Hz at half scale. */
async function player(seconds: number): Promise<HTMLAudioElement> {
  const url = URL.createObjectURL(wav(sine(600, 48_000, seconds, 0.5), 48_000));
  const element = await fixture<HTMLAudioElement>(html`<audio src=${url}></audio>`);
  if (element.readyState < HTMLMediaElement.HAVE_FUTURE_DATA) {
    await new Promise((resolve) => element.addEventListener('canplay', resolve, { once: true }));
  }
  return element;
}

/**
 * The largest lead of an element's clock over the time since it started to play, in frames. That much of the beginning may
 * never reach the graph (about a second in WebKitGTK, nothing elsewhere).
 */
function framesAhead(element: HTMLMediaElement): () => number {
  let [from, started, ahead] = [element.currentTime, NaN, 0];
  element.addEventListener('play', () => (started = performance.now()));
  for (const type of ['timeupdate', 'ended'])
    element.addEventListener(type, () => {
      const elapsed = (performance.now() - started) / 1000;
      if (!Number.isNaN(elapsed)) ahead = Math.max(ahead, element.currentTime - from - elapsed);
    });
  element.addEventListener('seeking', () => {
    from = element.currentTime;
    if (element.paused) started = NaN;
  });
  return () => Math.max(0, Math.ceil(ahead * 12.5 - 1)); // the clocks are read at different moments
}

const isTone = (frame: Float32Array): boolean => amplitudeAt(600, frame, 24_000) > 0.45;

const loudest = (receiver: AudioReceiver): number =>
  Math.max(0, ...receiver.frames.map((frame) => amplitudeAt(600, frame, 24_000)));
const audible = (receiver: AudioReceiver): boolean => loudest(receiver) > 0.45;

/** Hides `captureStream` of an element, as in browsers without it. */
function withoutCaptureStream(element: HTMLMediaElement): HTMLMediaElement {
  Object.defineProperty(element, 'captureStream', { value: undefined });
  return element;
}

describe('media element source', function () {
  // Audio runs in real time and a busy machine can starve the audio thread. A real failure fails all three attempts.
  this.retries(2);
  afterEach(() => {
    abortAll();
    fixtureCleanup();
  });

  for (const [how, adapt] of [
    ['by captureStream', (element: HTMLMediaElement) => element],
    ['by rerouting', withoutCaptureStream],
  ] as const) {
    describe(how, () => {
      it('captures what the element plays, to its end', async () => {
        const element = adapt(await player(3));
        const [source, receiver] = [open(element), new AudioReceiver()];
        const events = new SourceEvents(source);
        const ahead = framesAhead(element);
        await source.start(receiver.port);
        await element.play();
        await events.ended;
        await receiver.until(({ ended }) => ended);
        const tone = receiver.frames.filter(isTone);
        // 37.5 less the edges, because the capture starts a moment after the element.
        assert.isAtLeast(tone.length, 35 - ahead());
        assert.isAtMost(tone.length, 38);
        const span = receiver.frames.findLastIndex(isTone) - receiver.frames.findIndex(isTone) + 1;
        assert.isAtMost(span - tone.length, ahead(), 'frames were lost in between');
      });

      it('captures the same element again', async () => {
        const element = adapt(await player(10));
        await element.play();
        for (let time = 0; time < 2; time++) {
          const [source, receiver] = [open(element), new AudioReceiver()];
          await source.start(receiver.port);
          await receiver.until(audible);
          await source.stop();
          await receiver.until(({ ended }) => ended);
        }
      });

      for (const back of ['by playing it', 'by a seek'] as const) {
        it(`captures an element that has ended and is restarted ${back} from its start`, async () => {
          const element = adapt(await player(1));
          const first = open(element);
          const events = new SourceEvents(first);
          await first.start(new AudioReceiver().port);
          await element.play();
          await events.ended;
          // WebKitGTK does not complete the seek (`seeked`) before the element plays.
          if (back === 'by a seek') element.currentTime = 0;
          const [source, twin] = [open(element), open(element)];
          const [receiver, other] = [new AudioReceiver(), new AudioReceiver()];
          const ahead = framesAhead(element);
          await source.start(receiver.port);
          await twin.start(other.port);
          await element.play();
          for (const each of [receiver, other]) {
            await each.until(({ ended }) => ended);
            // 12.5 less the edges.
            assert.isAtLeast(each.frames.filter(isTone).length, Math.max(1, 9 - ahead()));
          }
        });
      }

      it('captures an element twice at the same time', async () => {
        const element = adapt(await player(10));
        await element.play();
        const [one, two] = [open(element), open(element)];
        const [first, second] = [new AudioReceiver(), new AudioReceiver()];
        await Promise.all([one.start(first.port), two.start(second.port)]);
        await Promise.all([first.until(audible), second.until(audible)]);
        one.abort();
        const before = second.messages.length;
        await second.until(({ messages, latest }) => messages.length > before + 6 && isTone(latest));
        two.abort();
      });

      it('continues through a pause and a seek', async () => {
        const element = adapt(await player(10));
        const [source, receiver] = [open(element), new AudioReceiver()];
        await source.start(receiver.port);
        await element.play();
        await receiver.until(audible);
        element.pause();
        const paused = receiver.messages.length;
        const isSilent = (frame: Float32Array): boolean => amplitudeAt(600, frame, 24_000) < 0.05;
        await receiver.until(({ messages, latest }) => messages.length > paused + 5 && isSilent(latest));
        element.currentTime = 5;
        await element.play();
        const resumed = receiver.messages.length;
        await receiver.until(({ messages, latest }) => messages.length > resumed + 6 && isTone(latest));
        source.abort();
      });
    });
  }

  it('captures a muted element', async () => {
    const element = await player(10);
    element.muted = true;
    const [source, receiver] = [open(element), new AudioReceiver()];
    await source.start(receiver.port);
    await element.play();
    await receiver.until(audible);
    source.abort();
  });

  describe('that plays a MediaStream', () => {
    /** A stream with a tone and a picture, as of a call. */
    function call(): { readonly stream: MediaStream; readonly close: () => void } {
      const lease = leaseContext();
      const [oscillator, output] = [new OscillatorNode(lease.context, { frequency: 600 }), new GainNode(lease.context)];
      output.gain.value = 0.5;
      const destination = new MediaStreamAudioDestinationNode(lease.context);
      oscillator.connect(output).connect(destination);
      const { stream } = destination;
      oscillator.start();
      const canvas = document.createElement('canvas');
      canvas.getContext('2d')?.fillRect(0, 0, 1, 1);
      for (const picture of canvas.captureStream(5).getTracks()) stream.addTrack(picture);
      return {
        stream,
        close: () => {
          oscillator.stop();
          lease.release();
        },
      };
    }

    async function caller(stream: MediaStream): Promise<HTMLVideoElement> {
      const element = await fixture<HTMLVideoElement>(html`<video muted></video>`);
      element.srcObject = stream;
      await element.play();
      return element;
    }

    const states = (stream: MediaStream): string[] => stream.getTracks().map(({ readyState }) => readyState);

    for (const way of ['stop', 'abort'] as const) {
      it(`leaves the stream's tracks alone when the source is ended by ${way}()`, async () => {
        const { stream, close } = call();
        const element = await caller(stream);
        const [source, receiver] = [open(element), new AudioReceiver()];
        await source.start(receiver.port);
        await receiver.until(audible);
        await source[way]();
        assert.deepEqual(states(stream), ['live', 'live']);
        // And it can be captured again.
        const [again, next] = [open(element), new AudioReceiver()];
        await again.start(next.port);
        await next.until(audible);
        again.abort();
        assert.deepEqual(states(stream), ['live', 'live']);
        close();
      });
    }

    it('is silent while the element is paused', async () => {
      const { stream, close } = call();
      const element = await caller(stream);
      const [source, receiver] = [open(element), new AudioReceiver()];
      await source.start(receiver.port);
      await receiver.until(audible);
      element.pause();
      await receiver.until(({ latest }) => amplitudeAt(600, latest, 24_000) < 0.01);
      await element.play();
      await receiver.until(({ latest }) => isTone(latest));
      source.abort();
      close();
    });

    it('follows the element from a file to a stream, to another stream, and back, and stops no track of theirs', async () => {
      const [first, second] = [call(), call()];
      const element = await player(30);
      const { src } = element;
      const [source, receiver] = [open(element), new AudioReceiver()];
      await source.start(receiver.port);
      await element.play();
      await receiver.until(audible);
      const isHeardAgain = async (): Promise<void> => {
        await receiver.until(({ latest }) => !isTone(latest));
        await element.play();
        await receiver.until(({ latest }) => isTone(latest));
      };
      for (const { stream } of [first, second]) {
        element.pause();
        element.srcObject = stream;
        await isHeardAgain();
      }
      element.pause();
      element.srcObject = null;
      element.src = src;
      await isHeardAgain();
      await source.stop();
      assert.deepEqual([...states(first.stream), ...states(second.stream)], Array(4).fill('live'));
      first.close();
      second.close();
    });
  });

  describe('when rerouted', () => {
    type Method = (this: unknown, ...given: unknown[]) => unknown;
    /** Replaces a native method until `restore`. In Firefox some methods belong to a parent prototype. */
    function replace(prototype: object, name: string, make: (native: Method) => Method): { restore(): void } {
      let owner = prototype;
      while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner) as object;
      const property = Object.getOwnPropertyDescriptor(owner, name) as PropertyDescriptor;
      Object.defineProperty(owner, name, { ...property, value: make(property.value as Method) });
      return { restore: () => Object.defineProperty(owner, name, property) };
    }

    /** Measures what is sent to the speakers. */
    function measureSpeakers(): { peak(): number; restore(): void } {
      let meter: AnalyserNode | undefined;
      const connecting = replace(
        AudioNode.prototype,
        'connect',
        (connect) =>
          function (this: unknown, ...to) {
            if (to[0] instanceof AudioDestinationNode && !(this instanceof AudioWorkletNode)) {
              meter = new AnalyserNode((this as AudioNode).context);
              connect.call(this, meter);
            }
            return connect.apply(this, to);
          },
      );
      return {
        peak: () => {
          const samples = new Float32Array(meter?.fftSize ?? 1);
          meter?.getFloatTimeDomainData(samples);
          return Math.max(...samples.map(Math.abs));
        },
        restore: () => connecting.restore(),
      };
    }
    /** Polls `holds` for up to ten seconds. */
    const until = async (what: string, holds: () => boolean): Promise<void> => {
      for (let time = 0; time < 200 && !holds(); time++) await new Promise((resolve) => setTimeout(resolve, 50));
      assert.isTrue(holds(), what);
    };

    it('keeps its volume, and is silent while muted', async () => {
      const speakers = measureSpeakers();
      try {
        const element = withoutCaptureStream(await player(20));
        element.muted = true;
        const [source, receiver] = [open(element), new AudioReceiver()];
        const events = new SourceEvents(source);
        await source.start(receiver.port);
        await element.play();
        let loudestMuted = 0;
        await until('plays', () => {
          loudestMuted = Math.max(loudestMuted, speakers.peak());
          return element.currentTime > 2 && events.levels.length > 30;
        });
        assert.strictEqual(loudestMuted, 0);
        element.muted = false;
        await until('is audible', () => Math.abs(speakers.peak() - 0.5) < 0.02);
        element.volume = 0.5;
        await until('plays at half its volume', () => Math.abs(speakers.peak() - 0.25) < 0.02);
        element.muted = true;
        await until('is silent again', () => speakers.peak() === 0);
        source.abort();
        element.muted = false;
        await until('plays after the source is aborted', () => Math.abs(speakers.peak() - 0.25) < 0.02);
      } finally {
        speakers.restore();
      }
    });

    it('is rerouted in prepare, but never into a suspended context', async () => {
      const element = withoutCaptureStream(await player(5));
      const states: string[] = [];
      const rerouting = replace(
        AudioContext.prototype,
        'createMediaElementSource',
        (create) =>
          function (this: unknown, ...given) {
            states.push((this as AudioContext).state);
            return create.apply(this, given);
          },
      );
      const lease = leaseContext();
      await lease.context.suspend();
      const resuming = replace(AudioContext.prototype, 'resume', () => () => new Promise(() => undefined));
      try {
        const source = open(element);
        await source.prepare();
        assert.deepEqual(states, []);
        resuming.restore();
        await lease.context.resume();
        await until('is rerouted', () => states.length > 0);
        assert.deepEqual(states, ['running']);
        source.abort();
      } finally {
        resuming.restore();
        rerouting.restore();
        lease.release();
      }
    });
  });

  it('starts before the element has media', async () => {
    const element = await fixture<HTMLAudioElement>(html`<audio></audio>`);
    const [source, receiver] = [open(element), new AudioReceiver()];
    await source.start(receiver.port);
    element.src = URL.createObjectURL(wav(sine(600, 48_000, 5, 0.5), 48_000));
    await element.play();
    await receiver.until(audible);
    source.abort();
  });

  it('fails when the element cannot play its media', async () => {
    const element = await player(5);
    const [source, receiver] = [open(element), new AudioReceiver()];
    const events = new SourceEvents(source);
    await source.start(receiver.port);
    element.src = URL.createObjectURL(new Blob(['not audio'], { type: 'audio/wav' }));
    assert.strictEqual((await events.broken).code, 'audio-invalid');
    await receiver.until(({ ended }) => ended);
  });

  const unplayable = (): string => URL.createObjectURL(new Blob(['not audio'], { type: 'audio/wav' }));

  it('fails when the last source of the element cannot be played', async () => {
    const element = await player(5);
    const [source, receiver] = [open(element), new AudioReceiver()];
    const events = new SourceEvents(source);
    await source.start(receiver.port);
    element.removeAttribute('src');
    for (let i = 0; i < 2; i++)
      element.append(Object.assign(document.createElement('source'), { src: unplayable(), type: 'audio/wav' }));
    element.load();
    const error = await events.broken;
    assert.strictEqual(error.code, 'audio-invalid');
    assert.match(error.message, /none of its sources can be played/);
  });

  for (const [what, content] of [
    ['its src', (url: string) => html`<audio src=${url}></audio>`],
    [
      'its sources',
      (url: string) =>
        html`<audio>
          <source src=${url} />
          <source src="/status/404/a.wav" />
        </audio>`,
    ],
  ] as const)
    it(`fails at once when the element could not play ${what} before`, async () => {
      const element = await fixture<HTMLAudioElement>(content(unplayable()));
      while (element.error === null && element.networkState !== HTMLMediaElement.NETWORK_NO_SOURCE)
        await new Promise((resolve) => setTimeout(resolve, 20));
      await new Promise((resolve) => setTimeout(resolve, 50));
      const error = await expectSttError(open(element).start(new AudioReceiver().port), 'audio-invalid');
      assert.match(error.message, /<audio> cannot play/);
    });

  it('rejects media from another origin that is set later', async () => {
    const element = await player(5);
    const [source, receiver] = [open(element), new AudioReceiver()];
    const events = new SourceEvents(source);
    await source.start(receiver.port);
    Object.defineProperty(element, 'currentSrc', { value: 'https://example.invalid/speech.mp3' });
    element.dispatchEvent(new Event('loadedmetadata'));
    assert.strictEqual((await events.broken).code, 'invalid-argument');
  });

  it('rejects media from another origin without CORS, with its URL', async () => {
    const element = await fixture<HTMLAudioElement>(html`<audio src="https://example.invalid/speech.mp3"></audio>`);
    const error = await expectSttError(open(element).start(new AudioReceiver().port), 'invalid-argument');
    assert.include(error.message, 'https://example.invalid/speech.mp3');
    assert.include(error.message, 'crossorigin');
  });
});
