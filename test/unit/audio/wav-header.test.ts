/** Reading the sample rate and the codec from a WAV header. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { isSwapped, unusualWav, wavRate } from '../../../src/audio/wav-header.js';

function fixture(name: string): ArrayBuffer {
  const bytes = readFileSync(new URL(`../../fixtures/audio/${name}`, import.meta.url));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}

describe('wavRate', () => {
  it('reads the rate of a WAV file', () => {
    assert.equal(wavRate(fixture('tone-8-bit.wav')), 8_000);
    assert.equal(wavRate(fixture('tone-stereo.wav')), 44_100);
    assert.equal(wavRate(fixture('tone-96000.wav')), 96_000);
  });

  it('skips chunks before the format chunk, including those of odd length', () => {
    const wav = new Uint8Array(fixture('tone-96000.wav'));
    const odd = new TextEncoder().encode('LIST\x03\0\0\0abc\0');
    const longer = new Uint8Array([...wav.subarray(0, 12), ...odd, ...wav.subarray(12)]);
    assert.equal(wavRate(longer.buffer), 96_000);
  });

  it('returns null for anything else', () => {
    assert.equal(wavRate(fixture('tone.mp3')), null);
    assert.equal(wavRate(fixture('tone.ogg')), null);
    assert.equal(wavRate(new ArrayBuffer(0)), null);
  });

  it('handles a header truncated at any byte', () => {
    const wav = fixture('tone-stereo.wav');
    for (let length = 0; length < 36; length++) assert.equal(wavRate(wav.slice(0, length)), null);
    assert.equal(wavRate(wav.slice(0, 36)), 44_100);
  });
});

describe('unusualWav', () => {
  /** A fixture with some of its bytes replaced. */
  const changed = (...changes: readonly (readonly [at: number, bytes: string])[]): ArrayBuffer => {
    const wav = new Uint8Array(fixture('tone-96000.wav'));
    for (const [at, bytes] of changes)
      wav.set(
        Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)),
        at,
      );
    return wav.buffer;
  };

  it('says nothing of common files', () => {
    for (const tag of ['\x01\0', '\x03\0', '\x06\0', '\x07\0']) assert.equal(unusualWav(changed([20, tag])), null);
    assert.equal(unusualWav(fixture('tone.mp3')), null);
    assert.equal(unusualWav(new ArrayBuffer(0)), null);
  });

  it('names codecs and kinds that browsers do not decode', () => {
    assert.equal(unusualWav(changed([20, '\x02\0'])), 'a WAV file of Microsoft ADPCM');
    assert.equal(unusualWav(changed([20, '\x31\0'])), 'a WAV file of GSM 06.10');
    assert.equal(unusualWav(changed([20, '\x34\x12'])), 'a WAV file of format 0x1234');
    assert.equal(unusualWav(changed([20, '\xfe\xff'], [44, '\x11\0'])), 'a WAV file of IMA ADPCM');
    assert.equal(unusualWav(changed([0, 'BW64'])), 'a WAV file of the BW64 kind');
    assert.equal(wavRate(changed([0, 'BW64'])), 96_000);
  });

  it('recognises swapped bytes', () => {
    assert.equal(isSwapped(changed([0, 'RIFX'])), true);
    assert.equal(unusualWav(changed([0, 'RIFX'])), 'a WAV file with swapped bytes (RIFX)');
    assert.equal(isSwapped(changed()), false);
  });
});
