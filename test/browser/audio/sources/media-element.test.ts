/** The sound of media elements. */
import { assert, fixtureCleanup, fixture, html } from '@open-wc/testing';
import type { AudioSource } from '../../../../src/audio/audio-source.js';
import { createSource } from '../../../../src/audio/create-source.js';
import { leaseContext } from '../../../../src/audio/sources/shared-context.js';
import { amplitudeAt, sine } from '../../../unit/audio/signals.js';
import { abortAll, Listener, refusal, Told, track, wav, WORKLET_URL } from '../audio-receiver.js';

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
 * The most, in frames, that an element's own clock has been ahead of the time gone by since it began to play. As much of
 * the beginning may never reach a graph (WebKitGTK, where it is about a second; elsewhere there is none).
 */
function framesAhead(element: HTMLMediaElement): () => number {
  let [from, began, ahead] = [element.currentTime, NaN, 0];
  element.addEventListener('play', () => (began = performance.now()));
  for (const type of ['timeupdate', 'ended'])
    element.addEventListener(type, () => {
      const passed = (performance.now() - began) / 1000;
      if (!Number.isNaN(passed)) ahead = Math.max(ahead, element.currentTime - from - passed);
    });
  element.addEventListener('seeking', () => {
    from = element.currentTime;
    if (element.paused) began = NaN;
  });
  return () => Math.max(0, Math.ceil(ahead * 12.5 - 1)); // the clocks are read at different moments
}

const isTone = (frame: Float32Array): boolean => amplitudeAt(600, frame, 24_000) > 0.45;

const loudest = (listener: Listener): number =>
  Math.max(0, ...listener.frames.map((frame) => amplitudeAt(600, frame, 24_000)));
const audible = (listener: Listener): boolean => loudest(listener) > 0.45;

/** Takes `captureStream` from an element, as in browsers that never had it. */
function withoutCaptureStream(element: HTMLMediaElement): HTMLMediaElement {
  Object.defineProperty(element, 'captureStream', { value: undefined });
  return element;
}

describe('media element source', function () {
  // Sound is heard in real time: a machine that is busy for a moment starves the audio thread. What is broken fails thrice.
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
      it('hears what the element plays, to its end', async () => {
        const element = adapt(await player(3));
        const [source, listener] = [open(element), new Listener()];
        const told = new Told(source);
        const ahead = framesAhead(element);
        await source.start(listener.port);
        await element.play();
        await told.ended;
        await listener.until(({ ended }) => ended);
        const tone = listener.frames.filter(isTone);
        // Of 37.5, less the edges: a capture begins a moment after its element.
        assert.isAtLeast(tone.length, 35 - ahead());
        assert.isAtMost(tone.length, 38);
        const span = listener.frames.findLastIndex(isTone) - listener.frames.findIndex(isTone) + 1;
        assert.isAtMost(span - tone.length, ahead(), 'frames lost in between');
      });

      it('hears the same element again', async () => {
        const element = adapt(await player(10));
        await element.play();
        for (let time = 0; time < 2; time++) {
          const [source, listener] = [open(element), new Listener()];
          await source.start(listener.port);
          await listener.until(audible);
          await source.stop();
          await listener.until(({ ended }) => ended);
        }
      });

      for (const back of ['by playing it', 'by a seek'] as const) {
        it(`hears what has played to its end from its start on, when it is brought back there ${back}`, async () => {
          const element = adapt(await player(1));
          const first = open(element);
          const told = new Told(first);
          await first.start(new Listener().port);
          await element.play();
          await told.ended;
          // WebKitGTK is not done with the seek, `seeked`, before the element plays.
          if (back === 'by a seek') element.currentTime = 0;
          const [source, twin] = [open(element), open(element)];
          const [listener, other] = [new Listener(), new Listener()];
          const ahead = framesAhead(element);
          await source.start(listener.port);
          await twin.start(other.port);
          await element.play();
          for (const each of [listener, other]) {
            await each.until(({ ended }) => ended);
            // Of 12.5, less the edges.
            assert.isAtLeast(each.frames.filter(isTone).length, Math.max(1, 9 - ahead()));
          }
        });
      }

      it('hears it twice at once', async () => {
        const element = adapt(await player(10));
        await element.play();
        const [one, two] = [open(element), open(element)];
        const [first, second] = [new Listener(), new Listener()];
        await Promise.all([one.start(first.port), two.start(second.port)]);
        await Promise.all([first.until(audible), second.until(audible)]);
        one.abort();
        const before = second.messages.length;
        await second.until(({ messages, latest }) => messages.length > before + 6 && isTone(latest));
        two.abort();
      });

      it('goes on through a pause and a seek', async () => {
        const element = adapt(await player(10));
        const [source, listener] = [open(element), new Listener()];
        await source.start(listener.port);
        await element.play();
        await listener.until(audible);
        element.pause();
        const paused = listener.messages.length;
        const isSilent = (frame: Float32Array): boolean => amplitudeAt(600, frame, 24_000) < 0.05;
        await listener.until(({ messages, latest }) => messages.length > paused + 5 && isSilent(latest));
        element.currentTime = 5;
        await element.play();
        const resumed = listener.messages.length;
        await listener.until(({ messages, latest }) => messages.length > resumed + 6 && isTone(latest));
        source.abort();
      });
    });
  }

  it('hears a muted element', async () => {
    const element = await player(10);
    element.muted = true;
    const [source, listener] = [open(element), new Listener()];
    await source.start(listener.port);
    await element.play();
    await listener.until(audible);
    source.abort();
  });

  describe('that is rerouted', () => {
    type Method = (this: unknown, ...given: unknown[]) => unknown;
    /** Puts `make`'s method in the place of a native one, until `restore`. Firefox has some of them a prototype further up. */
    function replace(prototype: object, name: string, make: (native: Method) => Method): { restore(): void } {
      let owner = prototype;
      while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner) as object;
      const property = Object.getOwnPropertyDescriptor(owner, name) as PropertyDescriptor;
      Object.defineProperty(owner, name, { ...property, value: make(property.value as Method) });
      return { restore: () => Object.defineProperty(owner, name, property) };
    }

    /** What goes to the loudspeaker, by a meter beside it. */
    function atLoudspeaker(): { peak(): number; restore(): void } {
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
    /** As far as one can hear. */
    const until = async (what: string, holds: () => boolean): Promise<void> => {
      for (let time = 0; time < 200 && !holds(); time++) await new Promise((resolve) => setTimeout(resolve, 50));
      assert.isTrue(holds(), what);
    };

    it('is as loud as before, and silent while it is muted', async () => {
      const loudspeaker = atLoudspeaker();
      try {
        const element = withoutCaptureStream(await player(20));
        element.muted = true;
        const [source, listener] = [open(element), new Listener()];
        const told = new Told(source);
        await source.start(listener.port);
        await element.play();
        let loudestMuted = 0;
        await until('plays', () => {
          loudestMuted = Math.max(loudestMuted, loudspeaker.peak());
          return element.currentTime > 2 && told.levels.length > 30;
        });
        assert.strictEqual(loudestMuted, 0);
        element.muted = false;
        await until('is heard', () => Math.abs(loudspeaker.peak() - 0.5) < 0.02);
        element.volume = 0.5;
        await until('is heard at half its volume', () => Math.abs(loudspeaker.peak() - 0.25) < 0.02);
        element.muted = true;
        await until('is silent again', () => loudspeaker.peak() === 0);
        source.abort();
        element.muted = false;
        await until('is heard after the source is gone', () => Math.abs(loudspeaker.peak() - 0.25) < 0.02);
      } finally {
        loudspeaker.restore();
      }
    });

    it('is so before the model is loaded, but never into a context that stands', async () => {
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
      const waking = replace(AudioContext.prototype, 'resume', () => () => new Promise(() => undefined));
      try {
        const source = open(element);
        await source.prepare();
        assert.deepEqual(states, []);
        waking.restore();
        await lease.context.resume();
        await until('is rerouted', () => states.length > 0);
        assert.deepEqual(states, ['running']);
        source.abort();
      } finally {
        waking.restore();
        rerouting.restore();
        lease.release();
      }
    });
  });

  it('begins before the element has anything to play', async () => {
    const element = await fixture<HTMLAudioElement>(html`<audio></audio>`);
    const [source, listener] = [open(element), new Listener()];
    await source.start(listener.port);
    element.src = URL.createObjectURL(wav(sine(600, 48_000, 5, 0.5), 48_000));
    await element.play();
    await listener.until(audible);
    source.abort();
  });

  it('tells when the element cannot play its media', async () => {
    const element = await player(5);
    const [source, listener] = [open(element), new Listener()];
    const told = new Told(source);
    await source.start(listener.port);
    element.src = URL.createObjectURL(new Blob(['no sound'], { type: 'audio/wav' }));
    assert.strictEqual((await told.broken).code, 'audio-invalid');
    await listener.until(({ ended }) => ended);
  });

  it('notices media from another origin that comes later', async () => {
    const element = await player(5);
    const [source, listener] = [open(element), new Listener()];
    const told = new Told(source);
    await source.start(listener.port);
    Object.defineProperty(element, 'currentSrc', { value: 'https://example.invalid/speech.mp3' });
    element.dispatchEvent(new Event('loadedmetadata'));
    assert.strictEqual((await told.broken).code, 'invalid-argument');
  });

  it('refuses media from another origin without CORS, and names it', async () => {
    const element = await fixture<HTMLAudioElement>(html`<audio src="https://example.invalid/speech.mp3"></audio>`);
    const error = await refusal(open(element).start(new Listener().port), 'invalid-argument');
    assert.include(error.message, 'https://example.invalid/speech.mp3');
    assert.include(error.message, 'crossorigin');
  });
});
