/** Reading the sample rate from a WAV header. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { wavRate } from '../../../src/audio/wav-rate.js';

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
