/** Transcribing recordings: decoding, errors and flow control. */
import { assert } from '@open-wc/testing';
import { createSource, type AudioInput } from '../../../../src/audio/create-source.js';
import { Resampler } from '../../../../src/audio/resampler.js';
import { amplitudeAt, expectSamples, noise, sine } from '../../../unit/audio/signals.js';
import { AudioReceiver, expectSttError, rejection, SourceEvents, wav, WORKLET_URL } from '../audio-receiver.js';

/** Quantisation step of 16-bit audio, rounded up: decoders divide by 32 767 or 32 768. */
const SIXTEEN_BITS = 2 ** -14;

const fixture = (name: string): URL => new URL(`../../../fixtures/audio/${name}`, import.meta.url);
const open = (input: AudioInput): ReturnType<typeof createSource> => createSource(input, { workletUrl: WORKLET_URL });

async function receive(input: AudioInput): Promise<Float32Array> {
  const [source, receiver] = [open(input), new AudioReceiver()];
  await source.start(receiver.port);
  await receiver.until(({ ended }) => ended);
  return receiver.pcm;
}

/** A 16-bit WAV file of two channels. */
async function stereo(left: Float32Array, right: Float32Array, rate: number): Promise<Blob> {
  const interleaved = Float32Array.from({ length: 2 * left.length }, (_, i) => (i % 2 ? right : left)[i >> 1] ?? 0);
  const bytes = await wav(interleaved, rate).arrayBuffer();
  const header = new DataView(bytes);
  header.setUint16(22, 2, true); // channels
  header.setUint32(28, rate * 4, true); // bytes per second
  header.setUint16(32, 4, true); // bytes per sample of all channels
  return new Blob([bytes], { type: 'audio/wav' });
}

/** Amplitudes of two frequencies in 0.2 s from the middle, away from fades and padding. */
function tones(pcm: Float32Array, first: number, second: number): [number, number] {
  const middle = pcm.subarray(2_400, 2_400 + 4_800);
  return [amplitudeAt(first, middle, 24_000), amplitudeAt(second, middle, 24_000)];
}

describe('file source', () => {
  it('passes a 24 kHz WAV through without resampling', async () => {
    const samples = noise(10_000);
    const pcm = await receive(wav(samples, 24_000));
    assert.strictEqual(pcm.length, 11_520);
    expectSamples(pcm.subarray(0, 10_000), samples, SIXTEEN_BITS);
  });

  it('decodes 8-bit audio at 8 kHz without images', async () => {
    const pcm = await receive(fixture('tone-8-bit.wav'));
    assert.strictEqual(pcm.length, 9_600);
    const [wanted, image] = tones(pcm, 440, 7_560);
    assert.closeTo(wanted, 0.5, 0.01);
    assert.isBelow(image, 0.001);
  });

  it('mixes a stereo file down to its mean', async () => {
    const [left, right] = tones(await receive(fixture('tone-stereo.wav')), 440, 1_320);
    assert.closeTo(left, 0.25, 0.001);
    assert.closeTo(right, 0.25, 0.001);
  });

  it('plays one of two channels that cancel, from the first sample on, and a live one at full level', async () => {
    const tone = sine(440, 24_000, 1, 0.4);
    const silence = new Float32Array(tone.length);
    for (const [left, right, expected] of [
      [tone, tone.map((sample) => -sample / 2), tone],
      [silence, tone, tone],
    ] as const) {
      const pcm = await receive(await stereo(left, right, 24_000));
      expectSamples(pcm.subarray(0, tone.length), expected, SIXTEEN_BITS);
    }
  });

  it('refuses a WAV file with swapped bytes, and names a codec that the browser does not decode', async () => {
    const bytes = new Uint8Array(await wav(noise(1_000), 24_000).arrayBuffer());
    bytes.set(new TextEncoder().encode('RIFX'));
    const swapped = await expectSttError(open(new File([bytes], 'mac.wav')).prepare(), 'audio-invalid');
    assert.match(swapped.message, /^mac\.wav is .*RIFX.*`ffmpeg -i IN -ar 24000 OUT\.wav`/);
    bytes.set(new TextEncoder().encode('RIFF'));
    bytes.set([0x34, 0x12], 20);
    const unknown = await expectSttError(open(new File([bytes], 'call.wav')).prepare(), 'audio-invalid');
    assert.match(unknown.message, /^call\.wav: .*format 0x1234.*`ffmpeg -i IN -ar 24000 OUT\.wav`/);
  });

  it('does not alias a 96 kHz file', async () => {
    const [wanted, folded] = tones(await receive(fixture('tone-96000.wav')), 440, 6_000);
    assert.closeTo(wanted, 0.45, 0.01);
    assert.isBelow(folded, 1e-4);
  });

  for (const name of ['tone.mp3', 'tone.ogg', 'tone-opus.ogg']) {
    it(`decodes ${name}`, async () => {
      const pcm = await receive(fixture(name));
      assert.isTrue(pcm.length >= 19_200 && pcm.length <= 21_120, `${pcm.length}`); // 0.8 s and the encoder's padding
      const [left, right] = tones(pcm, 440, 1_320);
      assert.closeTo(left, 0.25, 0.02);
      assert.closeTo(right, 0.25, 0.02);
    });
  }

  it('accepts a File, a Blob, an ArrayBuffer, a URL and a string', async () => {
    const url = fixture('tone-stereo.wav');
    const bytes = await (await fetch(url)).arrayBuffer();
    const inputs = [new File([bytes], 'tone.wav'), new Blob([bytes]), bytes, url, url.href, url.pathname];
    const [first, ...rest] = await Promise.all(inputs.map(receive));
    for (const other of rest) expectSamples(other, first ?? new Float32Array(0));
    assert.strictEqual(bytes.byteLength, 70_604); // not detached
  });

  it('keeps at most 25 frames unacknowledged', async () => {
    const samples = noise(1_920 * 60);
    const [source, receiver] = [open(wav(samples, 24_000)), new AudioReceiver(false)];
    await source.start(receiver.port);
    await receiver.until(({ messages }) => messages.length === 25);
    await receiver.drain();
    assert.lengthOf(receiver.messages, 25);
    receiver.acknowledge(9);
    await receiver.until(({ messages }) => messages.length === 35);
    receiver.acknowledge(34);
    await receiver.until(({ messages }) => messages.length === 60);
    receiver.acknowledge(59);
    await receiver.until(({ ended }) => ended);
    assert.lengthOf(receiver.frames, 60);
  });

  it('calls onended after start has resolved and the end message was posted', async () => {
    const [source, receiver] = [open(wav(sine(440, 24_000, 0.5), 24_000)), new AudioReceiver()];
    const events = new SourceEvents(source);
    let started = false;
    const order = events.ended.then(() => started);
    await source.start(receiver.port);
    started = true;
    assert.strictEqual(await order, true);
    await receiver.until(({ ended }) => ended);
    assert.isAbove(events.levels.length, 3);
  });

  it('posts nothing while paused', async () => {
    const [source, receiver] = [open(wav(noise(1_920 * 10), 24_000)), new AudioReceiver()];
    source.pause();
    await source.start(receiver.port);
    await receiver.drain();
    assert.lengthOf(receiver.messages, 0);
    source.resume();
    await receiver.until(({ ended }) => ended);
    assert.lengthOf(receiver.frames, 10);
  });

  it('posts what was fed so far and end when it is stopped', async () => {
    const rate = 44_100;
    const samples = noise(rate * 5).map((sample) => sample / 2);
    const [source, receiver] = [open(wav(samples, rate)), new AudioReceiver(false)];
    await source.start(receiver.port);
    await source.stop();
    await receiver.until(({ ended }) => ended);
    assert.isTrue(receiver.frames.length >= 25 && receiver.frames.length <= 27, `${receiver.frames.length}`);
    const certain = 1_920 * 24; // the last frame or two contain the cut
    const whole = new Resampler(rate, 24_000).process(samples).subarray(0, certain);
    expectSamples(receiver.pcm.subarray(0, certain), whole, 4 * SIXTEEN_BITS);
  });

  it('posts nothing after an abort', async () => {
    const [source, receiver] = [open(wav(noise(1_920 * 60), 24_000)), new AudioReceiver(false)];
    await source.start(receiver.port);
    await receiver.until(({ messages }) => messages.length === 25);
    source.abort();
    const delivered = new Promise((resolve) => receiver.port.addEventListener('message', resolve, { once: true }));
    receiver.acknowledge(24);
    await delivered;
    await receiver.drain();
    assert.lengthOf(receiver.messages, 25);
  });

  it('rejects with the abort reason of the caller', async () => {
    const controller = new AbortController();
    const work = open(fixture('tone.mp3')).start(new AudioReceiver().port, controller.signal);
    controller.abort();
    assert.strictEqual(await rejection(work), controller.signal.reason);
  });

  it('rejects a second start', async () => {
    const source = open(fixture('tone.mp3'));
    await source.start(new AudioReceiver().port);
    await expectSttError(source.start(new AudioReceiver().port), 'invalid-state');
  });

  it('fails the same way in prepare and in start', async () => {
    const source = open(new File([], 'empty.wav'));
    await expectSttError(source.prepare(), 'audio-invalid');
    await expectSttError(source.start(new AudioReceiver().port), 'audio-invalid');
  });

  it('reports the name of an empty file', async () => {
    const error = await expectSttError(
      open(new File([], 'empty.wav')).start(new AudioReceiver().port),
      'audio-invalid',
    );
    assert.include(error.message, 'empty.wav');
    assert.include(error.message, '0 bytes');
  });

  it('reports the name and length of a WAV without samples', async () => {
    const file = new File([wav(new Float32Array(0), 24_000)], 'silent.wav');
    const error = await expectSttError(open(file).start(new AudioReceiver().port), 'audio-invalid');
    assert.include(error.message, 'silent.wav');
    assert.include(error.message, '44 bytes');
  });

  it('reports the name and length of a file that is not audio', async () => {
    for (const [name, bytes] of [
      ['garbage.ogg', Uint8Array.from(noise(5_000), (sample) => sample * 127)],
      ['page.html', new TextEncoder().encode('<!doctype html>'.repeat(10))],
      ['cut.wav', new Uint8Array(await wav(new Float32Array(100), 24_000).arrayBuffer()).slice(0, 20)],
    ] as const) {
      const error = await expectSttError(
        open(new File([bytes], name)).start(new AudioReceiver().port),
        'audio-invalid',
      );
      assert.include(error.message, name);
      assert.include(error.message, `${bytes.byteLength} bytes`);
    }
  });

  it('decodes or rejects a WAV with an invalid rate or length', async () => {
    for (const [at, value] of [
      [24, 0],
      [24, 0xffffffff],
      [40, 0xfffffff0],
    ] as const) {
      const bytes = await wav(noise(4_800), 24_000).arrayBuffer();
      new DataView(bytes).setUint32(at, value, true);
      const source = open(bytes);
      const outcome = await source.start(new AudioReceiver().port).then(
        () => 'decoded',
        (error: unknown) => error,
      );
      if (outcome !== 'decoded') assert.propertyVal(outcome, 'code', 'audio-invalid');
    }
  });

  it('reports the URL and status of a failed download', async () => {
    const error = await expectSttError(open('/status/404').start(new AudioReceiver().port), 'network');
    assert.include(error.message, '/status/404');
    assert.include(error.message, '404');
  });

  it('rejects a URL that cannot work', async () => {
    for (const url of [
      'http://[',
      '',
      'javascript:alert(1)',
      'file:///x.wav',
      'https://user:secret@example.org/x.wav',
    ]) {
      const error = await expectSttError(open(url).prepare(), 'invalid-argument');
      assert.include(error.message, 'expected the URL of a recording');
    }
  });

  it('rejects an input that is not audio', () => {
    assert.throws(() => open(42 as unknown as string), /expected a MediaStream/);
  });
});
