/** Writes WAV files for tests, byte by byte: nothing here is shared with the reader under test. */

export interface WavForm {
  readonly sampleRate: number;
  readonly channels: number;
  readonly bits: 8 | 16 | 24 | 32;
  /** 1 PCM, 3 float. */
  readonly format?: 1 | 3;
  /** Wraps the format in WAVE_FORMAT_EXTENSIBLE. */
  readonly extensible?: boolean;
  /** Channel mask of an extensible format. */
  readonly mask?: number;
}

/** `samples` interleaved, as stored: integers of `bits`, or floats. */
export function wavFile(
  { sampleRate, channels, bits, format = 1, extensible = false, mask = 0 }: WavForm,
  samples: readonly number[],
): Uint8Array {
  const bytes = bits / 8;
  const formatSize = extensible ? 40 : 16;
  const dataStart = 12 + 8 + formatSize + 8;
  const view = new DataView(new ArrayBuffer(dataStart + samples.length * bytes));
  const text = (at: number, id: string): void =>
    Array.from(id).forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  text(0, 'RIFF');
  view.setUint32(4, view.byteLength - 8, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, formatSize, true);
  view.setUint16(20, extensible ? 0xfffe : format, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * channels * bytes, true);
  view.setUint16(32, channels * bytes, true);
  view.setUint16(34, bits, true);
  if (extensible) {
    view.setUint16(36, 22, true);
    view.setUint16(38, bits, true);
    view.setUint32(40, mask, true);
    view.setUint32(44, format, true);
    [0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71].forEach((byte, i) =>
      view.setUint8(48 + i, byte),
    );
  }
  text(dataStart - 8, 'data');
  view.setUint32(dataStart - 4, samples.length * bytes, true);
  samples.forEach((sample, i) => {
    const at = dataStart + i * bytes;
    if (format === 3) view.setFloat32(at, sample, true);
    else if (bits === 8) view.setUint8(at, sample);
    else if (bits === 16) view.setInt16(at, sample, true);
    else if (bits === 32) view.setInt32(at, sample, true);
    else [0, 8, 16].forEach((shift, byte) => view.setUint8(at + byte, (sample >> shift) & 0xff));
  });
  return new Uint8Array(view.buffer);
}
