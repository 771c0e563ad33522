/** Converts uncompressed and G.711 samples to floats, by FFmpeg's names of the codecs. */

interface Encoding {
  /** Bytes per sample. */
  readonly bytes: number;
  /** The sample at a byte offset, −1 … 1. */
  readonly read: (view: DataView, at: number) => number;
}

/** Integers are divided by a power of two, so 16-bit samples are exactly `sample / 32768`. */
const ENCODINGS: ReadonlyMap<string, Encoding> = new Map([
  ['pcm_u8', { bytes: 1, read: (view, at) => (view.getUint8(at) - 128) / 2 ** 7 }],
  ['pcm_s8', { bytes: 1, read: (view, at) => view.getInt8(at) / 2 ** 7 }],
  ...bothOrders('pcm_s16', 2, (view, at, little) => view.getInt16(at, little) / 2 ** 15),
  ...bothOrders('pcm_s24', 3, int24),
  ...bothOrders('pcm_s32', 4, (view, at, little) => view.getInt32(at, little) / 2 ** 31),
  ...bothOrders('pcm_s64', 8, (view, at, little) => Number(view.getBigInt64(at, little)) / 2 ** 63),
  ...bothOrders('pcm_f32', 4, (view, at, little) => view.getFloat32(at, little)),
  ...bothOrders('pcm_f64', 8, (view, at, little) => view.getFloat64(at, little)),
  ['pcm_mulaw', byTable(muLaw)],
  ['pcm_alaw', byTable(aLaw)],
]);

/** The decoder of a codec: interleaved bytes to one [n] f32 per channel. `undefined` for a compressed codec. */
export function pcmDecoder(codec: string): ((bytes: Uint8Array, channels: number) => Float32Array[]) | undefined {
  const encoding = ENCODINGS.get(codec);
  if (!encoding) return undefined;
  const { bytes: width, read } = encoding;
  return (bytes, channels) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const length = Math.floor(bytes.length / (width * channels));
    return Array.from({ length: channels }, (_, channel) => {
      const samples = new Float32Array(length);
      for (let i = 0; i < length; i++) samples[i] = read(view, (i * channels + channel) * width);
      return samples;
    });
  };
}

function bothOrders(
  name: string,
  bytes: number,
  read: (view: DataView, at: number, littleEndian: boolean) => number,
): [string, Encoding][] {
  return [
    [`${name}le`, { bytes, read: (view, at) => read(view, at, true) }],
    [`${name}be`, { bytes, read: (view, at) => read(view, at, false) }],
  ];
}

function int24(view: DataView, at: number, littleEndian: boolean): number {
  const [high, low] = littleEndian
    ? [view.getInt8(at + 2), view.getUint16(at, true)]
    : [view.getInt8(at), view.getUint16(at + 1)];
  return (high * 2 ** 16 + low) / 2 ** 23;
}

function byTable(decode: (code: number) => number): Encoding {
  const table = Float32Array.from({ length: 256 }, (_, code) => decode(code));
  return { bytes: 1, read: (view, at) => table[view.getUint8(at)] ?? 0 };
}

/** ITU-T G.711 µ-law: inverted bits are sign, 3-bit exponent e and 4-bit mantissa m; ±((2m + 33)·2ᵉ − 33) of 2¹³. */
function muLaw(code: number): number {
  const bits = ~code;
  const magnitude = ((2 * (bits & 15) + 33) << ((bits >> 4) & 7)) - 33;
  return (bits & 0x80 ? -magnitude : magnitude) / 2 ** 13;
}

/** ITU-T G.711 A-law: every second bit inverted, then sign, e and m; ±(2m + 33)·2ᵉ⁻¹ of 2¹², or ±(2m + 1) for e = 0. */
function aLaw(code: number): number {
  const bits = code ^ 0x55;
  const [exponent, mantissa] = [(bits >> 4) & 7, bits & 15];
  const magnitude = exponent === 0 ? 2 * mantissa + 1 : (2 * mantissa + 33) << (exponent - 1);
  return (bits & 0x80 ? magnitude : -magnitude) / 2 ** 12;
}
