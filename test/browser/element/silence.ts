/** Silent media files. */

/** The address of a WAV of `seconds` of silence: 8 kHz, mono, 8 bits. */
export function silence(seconds: number): string {
  const samples = 8_000 * seconds;
  const header = new DataView(new ArrayBuffer(44));
  const text = (at: number, value: string): void =>
    new TextEncoder().encode(value).forEach((byte, index) => header.setUint8(at + index, byte));
  text(0, 'RIFF');
  header.setUint32(4, 36 + samples, true);
  text(8, 'WAVEfmt ');
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true);
  header.setUint16(22, 1, true);
  header.setUint32(24, 8_000, true);
  header.setUint32(28, 8_000, true);
  header.setUint16(32, 1, true);
  header.setUint16(34, 8, true);
  text(36, 'data');
  header.setUint32(40, samples, true);
  return URL.createObjectURL(new Blob([header, new Uint8Array(samples).fill(128)], { type: 'audio/wav' }));
}
