/** The sound of media elements. */
import { assert, fixtureCleanup, fixture, html } from '@open-wc/testing';
import type { AudioSource } from '../../../src/audio/audio-source.js';
import { createSource } from '../../../src/audio/create-source.js';
import { amplitudeAt, sine } from '../../unit/audio/signals.js';
import { abortAll, Listener, refusal, Told, track, wav, WORKLET_URL } from './listening.js';

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
        await source.start(listener.port);
        await element.play();
        await told.ended;
        await listener.until(({ ended }) => ended);
        const tone = listener.frames.filter((frame) => amplitudeAt(600, frame, 24_000) > 0.45);
        assert.isAtLeast(tone.length, 35); // of 37.5, less the edges: a capture begins a moment after its element
        assert.isAtMost(tone.length, 38);
        const first = listener.frames.findIndex((frame) => frame === tone[0]);
        const between = listener.frames.slice(first + 1, first + tone.length);
        assert.isTrue(
          between.every((frame) => amplitudeAt(600, frame, 24_000) > 0.45),
          'none is lost in between',
        );
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
          if (back === 'by a seek') {
            element.currentTime = 0;
            await new Promise((resolve) => element.addEventListener('seeked', resolve, { once: true }));
          }
          const [source, twin] = [open(element), open(element)];
          const [listener, other] = [new Listener(), new Listener()];
          await source.start(listener.port);
          await twin.start(other.port);
          await element.play();
          for (const each of [listener, other]) {
            await each.until(({ ended }) => ended);
            const tone = each.frames.filter((frame) => amplitudeAt(600, frame, 24_000) > 0.45);
            assert.isAtLeast(tone.length, 9); // of 12.5, less the edges
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
        await second.until(({ messages }) => messages.length > before + 6);
        assert.isAbove(amplitudeAt(600, second.latest, 24_000), 0.45);
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
        await listener.until(({ messages }) => messages.length > paused + 5);
        assert.isBelow(amplitudeAt(600, listener.latest, 24_000), 0.05);
        element.currentTime = 5;
        await element.play();
        const resumed = listener.messages.length;
        await listener.until(({ messages }) => messages.length > resumed + 6);
        assert.isAbove(amplitudeAt(600, listener.latest, 24_000), 0.45);
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
