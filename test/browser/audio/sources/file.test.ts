/** Recordings: what the browser decodes, what it does not, and the pace they are fed at. */
import { assert } from '@open-wc/testing';
import { createSource, type AudioInput } from '../../../../src/audio/create-source.js';
import { Resampler } from '../../../../src/audio/resampler.js';
import { amplitudeAt, expectSamples, noise, sine } from '../../../unit/audio/signals.js';
import { Listener, refusal, rejection, Told, wav, WORKLET_URL } from '../audio-receiver.js';

/** A step of 16-bit sound, rounded up: decoders divide by 32 767 or 32 768. */
const SIXTEEN_BITS = 2 ** -14;

const fixture = (name: string): URL => new URL(`../../fixtures/audio/${name}`, import.meta.url);
const open = (input: AudioInput): ReturnType<typeof createSource> => createSource(input, { workletUrl: WORKLET_URL });

async function hear(input: AudioInput): Promise<Float32Array> {
  const [source, listener] = [open(input), new Listener()];
  await source.start(listener.port);
  await listener.until(({ ended }) => ended);
  return listener.pcm;
}

/** 0.2 s from the middle of a tone, away from fades and padding. */
function tones(pcm: Float32Array, first: number, second: number): [number, number] {
  const middle = pcm.subarray(2_400, 2_400 + 4_800);
  return [amplitudeAt(first, middle, 24_000), amplitudeAt(second, middle, 24_000)];
}

describe('file source', () => {
  it('hears a 24 kHz WAV as it is, without resampling', async () => {
    const samples = noise(10_000);
    const pcm = await hear(wav(samples, 24_000));
    assert.strictEqual(pcm.length, 11_520);
    expectSamples(pcm.subarray(0, 10_000), samples, SIXTEEN_BITS);
  });

  it('hears 8-bit sound at 8 kHz', async () => {
    const pcm = await hear(fixture('tone-8-bit.wav'));
    assert.strictEqual(pcm.length, 9_600);
    const [wanted, image] = tones(pcm, 440, 7_560);
    assert.closeTo(wanted, 0.5, 0.01);
    assert.isBelow(image, 0.001);
  });

  it('hears the mean of a stereo file', async () => {
    const [left, right] = tones(await hear(fixture('tone-stereo.wav')), 440, 1_320);
    assert.closeTo(left, 0.25, 0.001);
    assert.closeTo(right, 0.25, 0.001);
  });

  it('folds nothing of a 96 kHz file into what it hears', async () => {
    const [wanted, folded] = tones(await hear(fixture('tone-96000.wav')), 440, 6_000);
    assert.closeTo(wanted, 0.45, 0.01);
    assert.isBelow(folded, 1e-4);
  });

  for (const name of ['tone.mp3', 'tone.ogg', 'tone-opus.ogg']) {
    it(`hears ${name}`, async () => {
      const pcm = await hear(fixture(name));
      assert.isTrue(pcm.length >= 19_200 && pcm.length <= 21_120, `${pcm.length}`); // 0.8 s, and what an encoder adds
      const [left, right] = tones(pcm, 440, 1_320);
      assert.closeTo(left, 0.25, 0.02);
      assert.closeTo(right, 0.25, 0.02);
    });
  }

  it('takes a File, a Blob, an ArrayBuffer, a URL and an address alike', async () => {
    const url = fixture('tone-stereo.wav');
    const bytes = await (await fetch(url)).arrayBuffer();
    const inputs = [new File([bytes], 'tone.wav'), new Blob([bytes]), bytes, url, url.href, url.pathname];
    const [first, ...rest] = await Promise.all(inputs.map(hear));
    for (const other of rest) expectSamples(other, first ?? new Float32Array(0));
    assert.strictEqual(bytes.byteLength, 70_604); // not taken away
  });

  it('feeds no more than 25 frames ahead of the worker', async () => {
    const samples = noise(1_920 * 60);
    const [source, listener] = [open(wav(samples, 24_000)), new Listener(false)];
    await source.start(listener.port);
    await listener.until(({ messages }) => messages.length === 25);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.lengthOf(listener.messages, 25);
    listener.take(9);
    await listener.until(({ messages }) => messages.length === 35);
    listener.take(34);
    await listener.until(({ messages }) => messages.length === 60);
    listener.take(59);
    await listener.until(({ ended }) => ended);
    assert.lengthOf(listener.frames, 60);
  });

  it('tells that it has ended after start and after the end message', async () => {
    const [source, listener] = [open(wav(sine(440, 24_000, 0.5), 24_000)), new Listener()];
    const told = new Told(source);
    let started = false;
    const order = told.ended.then(() => started);
    await source.start(listener.port);
    started = true;
    assert.strictEqual(await order, true);
    await listener.until(({ ended }) => ended);
    assert.isAbove(told.levels.length, 3);
  });

  it('waits while it is paused', async () => {
    const [source, listener] = [open(wav(noise(1_920 * 10), 24_000)), new Listener()];
    source.pause();
    await source.start(listener.port);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.lengthOf(listener.messages, 0);
    source.resume();
    await listener.until(({ ended }) => ended);
    assert.lengthOf(listener.frames, 10);
  });

  it('says what it fed and end when it is stopped', async () => {
    const rate = 44_100;
    const samples = noise(rate * 5).map((sample) => sample / 2);
    const [source, listener] = [open(wav(samples, rate)), new Listener(false)];
    await source.start(listener.port);
    await source.stop();
    await listener.until(({ ended }) => ended);
    assert.isTrue(listener.frames.length >= 25 && listener.frames.length <= 27, `${listener.frames.length}`);
    const certain = 1_920 * 24; // the last frame or two hold the cut
    const whole = new Resampler(rate, 24_000).process(samples).subarray(0, certain);
    expectSamples(listener.pcm.subarray(0, certain), whole, 4 * SIXTEEN_BITS);
  });

  it('says nothing more once it is aborted', async () => {
    const [source, listener] = [open(wav(noise(1_920 * 60), 24_000)), new Listener(false)];
    await source.start(listener.port);
    await listener.until(({ messages }) => messages.length === 25);
    source.abort();
    listener.take(24);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.lengthOf(listener.messages, 25);
  });

  it('rejects with the signal of its caller', async () => {
    const controller = new AbortController();
    const work = open(fixture('tone.mp3')).start(new Listener().port, controller.signal);
    controller.abort();
    assert.strictEqual(await rejection(work), controller.signal.reason);
  });

  it('refuses a second start', async () => {
    const source = open(fixture('tone.mp3'));
    await source.start(new Listener().port);
    await refusal(source.start(new Listener().port), 'invalid-state');
  });

  it('fails in prepare as in start', async () => {
    const source = open(new File([], 'empty.wav'));
    await refusal(source.prepare(), 'audio-invalid');
    await refusal(source.start(new Listener().port), 'audio-invalid');
  });

  it('names an empty file', async () => {
    const error = await refusal(open(new File([], 'empty.wav')).start(new Listener().port), 'audio-invalid');
    assert.include(error.message, 'empty.wav');
    assert.include(error.message, '0 bytes');
  });

  it('names a WAV without samples, and its length', async () => {
    const file = new File([wav(new Float32Array(0), 24_000)], 'silent.wav');
    const error = await refusal(open(file).start(new Listener().port), 'audio-invalid');
    assert.include(error.message, 'silent.wav');
    assert.include(error.message, '44 bytes');
  });

  it('names a file that is no sound, and its length', async () => {
    for (const [name, bytes] of [
      ['garbage.ogg', Uint8Array.from(noise(5_000), (sample) => sample * 127)],
      ['page.html', new TextEncoder().encode('<!doctype html>'.repeat(10))],
      ['cut.wav', new Uint8Array(await wav(new Float32Array(100), 24_000).arrayBuffer()).slice(0, 20)],
    ] as const) {
      const error = await refusal(open(new File([bytes], name)).start(new Listener().port), 'audio-invalid');
      assert.include(error.message, name);
      assert.include(error.message, `${bytes.byteLength} bytes`);
    }
  });

  it('survives a WAV that claims an absurd rate or length', async () => {
    for (const [at, value] of [
      [24, 0],
      [24, 0xffffffff],
      [40, 0xfffffff0],
    ] as const) {
      const bytes = await wav(noise(4_800), 24_000).arrayBuffer();
      new DataView(bytes).setUint32(at, value, true);
      const source = open(bytes);
      const outcome = await source.start(new Listener().port).then(
        () => 'heard',
        (error: unknown) => error,
      );
      if (outcome !== 'heard') assert.propertyVal(outcome, 'code', 'audio-invalid');
    }
  });

  it('names a URL that answers 404', async () => {
    const error = await refusal(open('/status/404').start(new Listener().port), 'network');
    assert.include(error.message, '/status/404');
    assert.include(error.message, '404');
  });

  it('refuses what is no sound at all', () => {
    assert.throws(() => open(42 as unknown as string), /expected a MediaStream/);
  });
});
