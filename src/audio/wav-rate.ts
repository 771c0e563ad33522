/** Reads the sample rate from a WAV header. */

const FORMAT_HEADER = 16; // bytes of the shortest `fmt ` chunk

/** The rate of a RIFF/WAVE file in Hz, or `null` for anything else. A damaged header is left to the decoder to reject. */
export function wavRate(bytes: ArrayBuffer): number | null {
  const view = new DataView(bytes);
  if (tag(view, 0) !== 'RIFF' || tag(view, 8) !== 'WAVE') return null;
  for (let at = 12; at + 8 + FORMAT_HEADER <= view.byteLength;) {
    if (tag(view, at) === 'fmt ') return view.getUint32(at + 12, true);
    const length = view.getUint32(at + 4, true);
    at += 8 + length + (length % 2); // chunks begin at even offsets
  }
  return null;
}

function tag(view: DataView, at: number): string {
  if (at + 4 > view.byteLength) return '';
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
}
