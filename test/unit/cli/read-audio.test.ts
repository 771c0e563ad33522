/** WAV files as recorders, telephones and archives write them, and files of any length. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { memoryBytes, streamBytes, type AudioBytes } from '../../../src/cli/audio/audio-bytes.js';
import { collect, streamAudio } from '../../../src/cli/read-audio.js';
import { SttError } from '../../../src/errors.js';

const RATE = 24_000;
const fixtures = new URL('../../fixtures/', import.meta.url);
const read = (path: string): Uint8Array => readFileSync(new URL(path, fixtures));

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

function bytesOf(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map((part) => (typeof part === 'string' ? ascii(part) : part))));
}

function integer(size: 2 | 4 | 8, value: number, littleEndian = true): Uint8Array {
  const view = new DataView(new ArrayBuffer(size));
  if (size === 2) view.setUint16(0, value, littleEndian);
  else if (size === 4) view.setUint32(0, value, littleEndian);
  else view.setBigUint64(0, BigInt(value), littleEndian);
  return new Uint8Array(view.buffer);
}

interface Format {
  readonly tag: number;
  readonly channels?: number;
  readonly bits?: number;
  readonly block?: number;
  readonly extra?: Uint8Array;
}

/** The body of a `fmt ` chunk. */
function format({ tag, channels = 1, bits = 16, block, extra }: Format, littleEndian = true): Uint8Array {
  const align = block ?? (channels * bits) / 8;
  return bytesOf(
    ...[integer(2, tag, littleEndian), integer(2, channels, littleEndian), integer(4, RATE, littleEndian)],
    ...[integer(4, RATE * align, littleEndian), integer(2, align, littleEndian), integer(2, bits, littleEndian)],
    ...(extra ? [integer(2, extra.length, littleEndian), extra] : []),
  );
}

/** WAVE_FORMAT_EXTENSIBLE around another format. */
const extensible = (tag: number, channels: number, bits: number, mask: number): Uint8Array =>
  format({
    tag: 0xfffe,
    channels,
    bits,
    extra: bytesOf(
      ...[integer(2, bits), integer(4, mask), integer(4, tag)],
      Uint8Array.of(0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71),
    ),
  });

const chunk = (id: string, body: Uint8Array, length = body.length, littleEndian = true): Uint8Array =>
  bytesOf(id, integer(4, length, littleEndian), body, new Uint8Array(body.length % 2));

const wav = (...chunks: readonly Uint8Array[]): Uint8Array => {
  const body = bytesOf('WAVE', ...chunks);
  return bytesOf('RIFF', integer(4, body.length), body);
};

/** A tone that no other reading of its bytes resembles. */
const TONE = Int16Array.from({ length: 4_800 }, (_, i) =>
  Math.round(12_000 * Math.sin((2 * Math.PI * 440 * i) / RATE)),
);
const PCM = bytesOf(new Uint8Array(TONE.buffer));
const EXPECTED = Float32Array.from(TONE, (sample) => sample / 32_768);
const ID3 = bytesOf('ID3', Uint8Array.of(4, 0, 0, 0, 0, 0, 10), new Uint8Array(10));

const decode = (bytes: Uint8Array, name = 'call.wav'): Promise<Float32Array> =>
  collect(streamAudio(memoryBytes(bytes, name), RATE));

/** The same bytes as a stream of small pieces, as from a pipe. */
async function* piped(bytes: Uint8Array, size = 1_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function refusal(bytes: Uint8Array, name: string): Promise<string> {
  const outcome: unknown = await decode(bytes, name).catch((error: unknown) => error);
  assert.ok(outcome instanceof SttError, `${name}: found ${String(outcome)}`);
  assert.equal(outcome.code, 'audio-invalid');
  return outcome.message;
}

/** G.711 of a sample, by search: nothing here is shared with the decoder. */
function encodeG711(law: 'mu' | 'a', sample: number): number {
  const value = Math.abs(sample) / 32_768;
  let [best, closest] = [0, Infinity];
  for (let code = 0; code < 128; code++) {
    const [exponent, mantissa] = [code >> 4, code & 15];
    const mu = ((mantissa * 2 + 33) * 2 ** exponent - 33) / 8_192;
    const a = exponent === 0 ? (mantissa * 2 + 1) / 4_096 : ((mantissa * 2 + 33) * 2 ** (exponent - 1)) / 4_096;
    const distance = Math.abs((law === 'mu' ? mu : a) - value);
    if (distance < closest) [best, closest] = [code, distance];
  }
  return law === 'mu' ? ~(best | (sample < 0 ? 0x80 : 0)) & 0xff : (best | (sample < 0 ? 0 : 0x80)) ^ 0x55;
}

describe('a WAV file', () => {
  const fmt = chunk('fmt ', format({ tag: 1 }));
  const ds64 = chunk(
    'ds64',
    bytesOf(integer(8, PCM.length + 88), integer(8, PCM.length), integer(8, 0), integer(4, 0)),
  );
  const large = (id: string): Uint8Array =>
    bytesOf(id, integer(4, 0xffffffff), 'WAVE', ds64, fmt, 'data', integer(4, 0xffffffff), PCM);
  const swapped = PCM.slice();
  for (let i = 0; i < PCM.length; i += 2) swapped.set([PCM[i + 1] ?? 0, PCM[i] ?? 0], i);
  const bigEndian = bytesOf(
    ...['RIFX', integer(4, PCM.length + 36, false), 'WAVE'],
    chunk('fmt ', format({ tag: 1 }, false), 16, false),
    chunk('data', swapped, PCM.length, false),
  );
  const unwritten = (riff: number, data: number): Uint8Array =>
    bytesOf('RIFF', integer(4, riff), 'WAVE', fmt, 'data', integer(4, data), PCM);

  const files: Readonly<Record<string, Uint8Array>> = {
    'with a chunk of odd length before the samples': wav(fmt, chunk('LIST', ascii('INFOabc')), chunk('data', PCM)),
    'with a chunk after the samples': wav(fmt, chunk('data', PCM), chunk('LIST', ascii('INFOabc'))),
    'of unwritten lengths': unwritten(0, 0),
    'of an unwritten data length': unwritten(PCM.length + 36, 0),
    'from a pipe': unwritten(0xffffffff, 0xffffffff),
    'with a data length beyond its end': unwritten(PCM.length + 36, 0x7ffffff0),
    'of the RF64 kind': large('RF64'),
    'of the BW64 kind': large('BW64'),
    'of the RIFX kind, whose bytes are swapped': bigEndian,
    'behind an ID3 tag': bytesOf(ID3, wav(fmt, chunk('data', PCM))),
    'in the extensible format': wav(chunk('fmt ', extensible(1, 1, 16, 4)), chunk('data', PCM)),
  };
  for (const [name, bytes] of Object.entries(files)) {
    it(`${name} gives its samples`, async () => {
      assert.deepEqual(await decode(bytes), EXPECTED);
      assert.deepEqual(await collect(streamAudio(streamBytes(piped(bytes), 'standard input'), RATE)), EXPECTED);
    });
  }

  for (const [law, tag] of [
    ['mu', 7],
    ['a', 6],
  ] as const) {
    it(`of ${law === 'mu' ? 'µ' : 'A'}-law gives its samples, plain and extensible, of one and three channels`, async () => {
      const codes = Uint8Array.from(TONE, (sample) => encodeG711(law, sample));
      const three = bytesOf(...Array.from(codes, (code) => Uint8Array.of(code, code, code)));
      for (const bytes of [
        wav(chunk('fmt ', format({ tag, bits: 8 })), chunk('data', codes)),
        wav(chunk('fmt ', extensible(tag, 1, 8, 4)), chunk('data', codes)),
        wav(chunk('fmt ', extensible(tag, 3, 8, 0xb)), chunk('data', three)), // left, right, low frequencies
      ]) {
        const samples = await decode(bytes);
        assert.equal(samples.length, TONE.length);
        samples.forEach((sample, i) =>
          assert.ok(Math.abs(sample - (EXPECTED[i] ?? 0)) < 0.012, `sample ${i}: ${sample}`),
        );
      }
    });
  }

  it('holding MP3 gives its samples', async () => {
    const mp3 = read('speech-formats/speech.mp3');
    const mpeg = format({ tag: 0x55, bits: 0, block: 1, extra: new Uint8Array(12) });
    const at44100 = (bytes: Uint8Array): Promise<Float32Array> => collect(streamAudio(memoryBytes(bytes, 'a'), 44_100));
    const [inWav, plain] = await Promise.all([at44100(wav(chunk('fmt ', mpeg), chunk('data', mp3))), at44100(mp3)]);
    // The MP3's first frame says what its encoder added before and after; in a WAV file it is not read.
    const piece = plain.subarray(20_000, 20_100);
    const from = inWav.findIndex((_, i) => piece.every((sample, k) => Math.abs(sample - (inWav[i + k] ?? 9)) < 1e-6));
    assert.ok(from >= 20_000 && from < 24_000, `found at ${from}`);
  });

  for (const [tag, codec, channels, block] of [
    [0x02, 'ADPCM Microsoft', 1, 256],
    [0x11, 'ADPCM IMA', 1, 256],
    [0x11, 'ADPCM IMA', 2, 512],
    [0x20, 'ADPCM Yamaha', 1, 512],
    [0x31, 'GSM 06\\.10', 1, 65],
    [0x45, 'G\\.726', 1, 1],
    [0x28f, 'G\\.722', 1, 1],
    [0x5346, 'ADPCM Shockwave Flash', 1, 1],
    [0x1234, 'an unknown codec \\(format tag 0x1234\\)', 1, 1],
  ] as const) {
    it(`holding format 0x${tag.toString(16)} is refused by the codec's name`, async () => {
      const bits = tag === 0x31 ? 0 : 4;
      const bytes = wav(
        chunk('fmt ', format({ tag, channels, bits, block, extra: new Uint8Array(2) })),
        chunk('data', PCM),
      );
      const message = await refusal(bytes, 'voice mail.wav');
      assert.match(message, new RegExp(`^voice mail\\.wav holds ${codec}.* in WAV, which`));
      assert.ok(message.includes("`ffmpeg -i 'voice mail.wav' -ar 24000 'voice mail-24k.wav'`"), message);
    });
  }

  it('with damaged headers is refused', async () => {
    const whole = wav(fmt, chunk('data', PCM));
    assert.match(await refusal(whole.slice(0, 20), 'a.wav'), /^a\.wav is a damaged WAV file/);
    assert.match(await refusal(wav(chunk('data', PCM)), 'a.wav'), /^a\.wav /);
  });
});

describe('other files', () => {
  it('are decoded behind an ID3 tag by their content', async () => {
    for (const type of ['flac', 'mp3']) {
      const bytes = read(`speech-formats/speech.${type}`);
      assert.deepEqual(await decode(bytesOf(ID3, bytes), `tagged.${type}`), await decode(bytes, `plain.${type}`));
    }
  });

  it('are decoded from a pipe', async () => {
    for (const type of ['flac', 'mp3', 'ogg', 'opus']) {
      const bytes = read(`speech-formats/speech.${type}`);
      const found = await collect(streamAudio(streamBytes(piped(bytes), 'standard input'), RATE));
      const expected = await decode(bytes, type);
      assert.ok(Math.abs(found.length - expected.length) < 0.1 * RATE, `${type}: ${found.length} samples`);
      assert.deepEqual(found.subarray(0, 20_000), expected.subarray(0, 20_000));
    }
  });

  for (const [name, head] of [
    ['M4A', '\0\0\0\x20ftypM4A \0\0\0\0M4A mp42'],
    ['AAC', '\xff\xf1\x50\x80\x2e\x7f\xfc\x21\x1a\xcf'],
    ['AIFF', 'FORM\0\0\x10\0AIFFCOMM\0\0\0\x12'],
    ['AMR', '#!AMR\n\x3c\x48\xf5\x1f\x96'],
    ['WMA', '\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa'],
    ['CAF', 'caff\0\x01\0\0desc'],
  ] as const) {
    it(`of the kind ${name} are refused by name, with the command that converts them`, async () => {
      for (const prefix of name === 'AAC' ? [new Uint8Array(0), ID3] : [new Uint8Array(0)]) {
        const message = await refusal(bytesOf(prefix, head, PCM), `memo.${name.toLowerCase()}`);
        assert.match(message, new RegExp(`^memo\\.\\w+ is an? .*${name}`));
        assert.ok(message.includes(`\`ffmpeg -i memo.${name.toLowerCase()} -ar 24000 memo-24k.wav\``), message);
      }
    });
  }
});

describe('a file of any length', () => {
  /** A file that is computed where it is read. Counts what was read. */
  class VirtualWav implements AudioBytes {
    readonly name = 'day.wav';
    readonly size: number;
    readonly #head: Uint8Array;
    bytesRead = 0;
    largestRead = 0;
    closed = 0;

    constructor(seconds: number, rate: number, channels: number) {
      const length = seconds * rate * channels * 2;
      const fmt = chunk(
        'fmt ',
        bytesOf(
          ...[1, channels].map((value) => integer(2, value)),
          integer(4, rate),
          integer(4, rate * channels * 2),
          integer(2, channels * 2),
          integer(2, 16),
        ),
      );
      const ds64 = chunk('ds64', bytesOf(integer(8, length + 72), integer(8, length), integer(8, 0), integer(4, 0)));
      this.#head = bytesOf('RF64', integer(4, 0xffffffff), 'WAVE', ds64, fmt, 'data', integer(4, 0xffffffff));
      this.size = this.#head.length + length;
    }

    read(position: number, length: number): Promise<Uint8Array> {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - position)));
      for (let i = 0; i < bytes.length; i++) bytes[i] = this.#head[position + i] ?? (position + i) % 7;
      this.bytesRead += bytes.length;
      this.largestRead = Math.max(this.largestRead, bytes.length);
      return Promise.resolve(bytes);
    }

    close(): Promise<void> {
      this.closed++;
      return Promise.resolve();
    }
  }

  it('is read no further than its samples are asked for', async () => {
    const file = new VirtualWav(24 * 3_600, 48_000, 2); // 16.6 GB
    const secondBytes = 48_000 * 2 * 2;
    let samples = 0;
    let largest = 0;
    for await (const piece of streamAudio(file, RATE)) {
      samples += piece.length;
      largest = Math.max(largest, piece.length);
      // Half a second to know the channels, and FFmpeg's own reading ahead.
      assert.ok(file.bytesRead < (samples / RATE + 12) * secondBytes, `${file.bytesRead} bytes for ${samples} samples`);
      if (samples > 30 * RATE) break;
    }
    assert.ok(largest < 3 * RATE, `a piece of ${largest} samples`);
    assert.ok(file.largestRead <= 512 * 1_024, `${file.largestRead} bytes read at once`);
    assert.equal(file.closed, 1);
  });

  it('is read to its last sample', async () => {
    const file = new VirtualWav(2, 48_000, 1);
    const whole = await collect(streamAudio(file, 48_000));
    assert.equal(whole.length, 2 * 48_000);
    assert.equal(file.closed, 1);
  });

  it('is closed when it cannot be decoded, and a failed read is reported', async () => {
    const file = new VirtualWav(60, 48_000, 1);
    const failing: AudioBytes = {
      name: 'disk.wav',
      size: file.size,
      read: (position, length) =>
        position < 1_000_000
          ? file.read(position, length)
          : Promise.reject(new SttError('audio-invalid', 'disk.wav cannot be read: EIO')),
      close: () => file.close(),
    };
    await assert.rejects(collect(streamAudio(failing, RATE)), /disk\.wav cannot be read: EIO/);
    assert.equal(file.closed, 1);
  });
});
