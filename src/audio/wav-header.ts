/** Reads a WAV header: what the browser's decoder does not say. */

const FORMAT_HEADER = 16; // bytes of the shortest `fmt ` chunk
const EXTENSIBLE = 0xfffe;
/** Of the real format in an extensible `fmt ` chunk. */
const SUBFORMAT = 24;

/** Codecs that people's files have and few browsers decode, by the format tag. */
const CODECS: ReadonlyMap<number, string> = new Map([
  [0x02, 'Microsoft ADPCM'],
  [0x11, 'IMA ADPCM'],
  [0x14, 'G.723'],
  [0x20, 'Yamaha ADPCM'],
  [0x31, 'GSM 06.10'],
  [0x40, 'G.721'],
  [0x45, 'G.726'],
  [0x55, 'MP3'],
  [0x64, 'G.726'],
  [0x65, 'G.722'],
  [0x28f, 'G.722'],
]);
/** PCM, float, A-law and µ-law, which every browser decodes. */
const COMMON = new Set([1, 3, 6, 7]);

/** The rate of a WAV file in Hz, or `null` for anything else. A damaged header is left to the decoder to reject. */
export function wavRate(bytes: ArrayBuffer): number | null {
  const view = new DataView(bytes);
  const at = formatChunk(view);
  return at === null ? null : view.getUint32(at + 4, true);
}

/** What is unusual about a WAV file, to name it in an error: its kind or its codec. `null` for any other file. */
export function unusualWav(bytes: ArrayBuffer): string | null {
  const view = new DataView(bytes);
  if (isSwapped(bytes)) return 'a WAV file with swapped bytes (RIFX)';
  const at = formatChunk(view);
  if (at === null) return null;
  const tag = view.getUint16(at, true);
  const format =
    tag === EXTENSIBLE && at + SUBFORMAT + 2 <= view.byteLength ? view.getUint16(at + SUBFORMAT, true) : tag;
  if (!COMMON.has(format)) return `a WAV file of ${CODECS.get(format) ?? `format 0x${format.toString(16)}`}`;
  const kind = tagAt(view, 0);
  return kind === 'RIFF' ? null : `a WAV file of the ${kind} kind`;
}

/** Whether the file is a RIFX, whose samples browsers take for those of a RIFF file: they hear noise. */
export function isSwapped(bytes: ArrayBuffer): boolean {
  return tagAt(new DataView(bytes), 0) === 'RIFX';
}

/** Where the body of the `fmt ` chunk begins. */
function formatChunk(view: DataView): number | null {
  if (!['RIFF', 'RF64', 'BW64'].includes(tagAt(view, 0)) || tagAt(view, 8) !== 'WAVE') return null;
  for (let at = 12; at + 8 + FORMAT_HEADER <= view.byteLength;) {
    if (tagAt(view, at) === 'fmt ') return at + 8;
    const length = view.getUint32(at + 4, true);
    at += 8 + length + (length % 2); // chunks begin at even offsets
  }
  return null;
}

function tagAt(view: DataView, at: number): string {
  if (at + 4 > view.byteLength) return '';
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
}
