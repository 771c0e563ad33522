/** Every audio format the command reads, and every file it must refuse with a reason. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { memoryBytes } from '../../../src/cli/audio/audio-bytes.js';
import { decodeBlocks } from '../../../src/cli/audio/decode-blocks.js';
import { collect, streamAudio } from '../../../src/cli/read-audio.js';
import { SttError } from '../../../src/errors.js';
import { wavFile } from './wav-file.js';

const fixtures = new URL('../../fixtures/', import.meta.url);
const read = (path: string): Uint8Array => readFileSync(new URL(path, fixtures));

/** The file's first channel, at the file's rate. */
async function decodeAudio(bytes: Uint8Array, name: string): Promise<{ samples: Float32Array; sampleRate: number }> {
  let sampleRate = 0;
  async function* first(): AsyncGenerator<Float32Array> {
    for await (const block of decodeBlocks(memoryBytes(bytes, name))) {
      sampleRate = block.sampleRate;
      yield block.channels[0] ?? new Float32Array(0);
    }
  }
  return { samples: await collect(first()), sampleRate };
}

const mixed = (bytes: Uint8Array, sampleRate: number): Promise<Float32Array> =>
  collect(streamAudio(memoryBytes(bytes, 'a.wav'), sampleRate));

async function refusal(bytes: Uint8Array, name = 'speech.wav'): Promise<string> {
  const outcome = await decodeAudio(bytes, name).then(
    () => 'accepted',
    (error: unknown) => error,
  );
  assert.ok(outcome instanceof SttError, String(outcome));
  assert.equal(outcome.code, 'audio-invalid');
  assert.ok(outcome.message.startsWith(name), outcome.message);
  return outcome.message;
}

describe('decodeAudio, WAV', () => {
  it('gives 16-bit samples as exactly sample / 32768', async () => {
    const bytes = read('clips/en_espeak_0.wav');
    const view = new DataView(bytes.buffer, bytes.byteOffset + 44);
    const { samples, sampleRate } = await decodeAudio(bytes, 'en_espeak_0.wav');
    assert.equal(sampleRate, 24_000);
    assert.equal(samples.length, (bytes.length - 44) / 2);
    samples.forEach((sample, i) => assert.equal(sample, view.getInt16(2 * i, true) / 32768));
  });

  it('scales every bit depth to −1 … 1', async () => {
    const form = { sampleRate: 24_000, channels: 1 } as const;
    const expected = [-1, -0.5, 0, 0.5];
    const files = [
      wavFile({ ...form, bits: 8 }, [0, 64, 128, 192]),
      wavFile({ ...form, bits: 16 }, [-32768, -16384, 0, 16384]),
      wavFile({ ...form, bits: 24 }, [-8388608, -4194304, 0, 4194304]),
      wavFile({ ...form, bits: 24, extensible: true }, [-8388608, -4194304, 0, 4194304]),
      wavFile({ ...form, bits: 32 }, [-2147483648, -1073741824, 0, 1073741824]),
      wavFile({ ...form, bits: 32, format: 3 }, expected),
      wavFile({ ...form, bits: 32, format: 3, extensible: true }, expected),
    ];
    for (const [i, file] of files.entries()) {
      assert.deepEqual(Array.from((await decodeAudio(file, 'a.wav')).samples), expected, `file ${i}`);
    }
  });

  it('averages the channels', async () => {
    const stereo = wavFile({ sampleRate: 48_000, channels: 2, bits: 16 }, [16384, 0, -16384, -16384]);
    assert.deepEqual(Array.from(await mixed(stereo, 48_000)), [0.25, -0.5]);
  });

  it('reads the samples of a truncated file, and of one without its length', async () => {
    const whole = wavFile({ sampleRate: 24_000, channels: 1, bits: 16 }, [1, 2, 3, 4]);
    assert.equal((await decodeAudio(whole.slice(0, -3), 'a.wav')).samples.length, 2);
    const streamed = whole.slice();
    streamed.fill(0xff, 40, 44);
    assert.equal((await decodeAudio(streamed, 'a.wav')).samples.length, 4);
    const lostPower = whole.slice();
    lostPower.fill(0, 40, 44);
    lostPower.set([36, 0, 0, 0], 4);
    assert.equal((await decodeAudio(lostPower, 'a.wav')).samples.length, 4);
  });

  it('rejects a file without samples', async () => {
    const empty = wavFile({ sampleRate: 24_000, channels: 1, bits: 16 }, []);
    assert.match(await refusal(empty), /speech\.wav \(44 bytes\) has 0 samples/);
    assert.match(await refusal(new Uint8Array(0)), /is empty \(0 bytes\)/);
  });

  it('rejects an implausible header', async () => {
    const whole = wavFile({ sampleRate: 24_000, channels: 1, bits: 16 }, [1, 2, 3, 4]);
    await refusal(whole.slice(0, 20));
    for (const at of [22, 34]) {
      const broken = whole.slice();
      broken.fill(0, at, at + 2);
      await refusal(broken);
    }
  });

  it('rejects an implausible sample rate, and names it', async () => {
    const slow = wavFile({ sampleRate: 7, channels: 1, bits: 16 }, [1, 2]);
    await assert.rejects(mixed(slow, 24_000), /a\.wav: 7 Hz.*24000 Hz \(audio-invalid\)/);
  });
});

describe('decodeAudio, other formats', () => {
  /** The clip each was made from, at 24 kHz. */
  const original = decodeAudio(read('clips/en_espeak_0.wav'), 'en_espeak_0.wav');

  const correlation = (a: Float32Array, b: Float32Array, lag = 0): number => {
    let [ab, aa, bb] = [0, 0, 0];
    for (let i = 0; i < b.length; i++) {
      const [x, y] = [a[i + lag] ?? 0, b[i] ?? 0];
      ab += x * y;
      aa += x * x;
      bb += y * y;
    }
    return ab / Math.sqrt(aa * bb);
  };

  it('reads FLAC without loss', async () => {
    const { samples, sampleRate } = await decodeAudio(read('speech-formats/speech.flac'), 'speech.flac');
    assert.equal(sampleRate, 24_000);
    const expected = (await original).samples;
    assert.equal(samples.length, expected.length);
    assert.deepEqual(samples, expected);
  });

  for (const name of ['speech.mp3', 'speech.ogg', 'speech.opus']) {
    it(`reads ${name} with the correct timing`, async () => {
      const decoded = await mixed(read(`speech-formats/${name}`), 24_000);
      const { samples } = await original;
      const [early, here, late] = [-3, 0, 3].map((lag) => correlation(decoded, samples, lag)) as [
        number,
        number,
        number,
      ];
      assert.ok(here > 0.9 && here > early && here > late, `correlation ${early} ${here} ${late}`);
      assert.ok(
        Math.abs(decoded.length - samples.length) < 2400,
        `${decoded.length} samples, the original has ${samples.length}`,
      );
    });

    it(`rejects a ${name} that is damaged after its header`, async () => {
      const bytes = read(`speech-formats/${name}`).slice();
      for (let i = 64; i < bytes.length; i++) bytes[i] = (i * 37 + 11) & 0x7f;
      await refusal(bytes, name);
    });
  }

  it('rejects a file that is not audio, and quotes its first bytes', async () => {
    assert.match(
      await refusal(new TextEncoder().encode('<!doctype html>'), 'page.wav'),
      /page\.wav begins with "<!doctyp", expected one of WAV/,
    );
    assert.match(await refusal(Uint8Array.of(0, 1, 2, 3)), /begins with bytes 00 01 02 03/);
  });
});
