/** Joins the pieces of a recording. */

/** The samples of all `pieces`, [n] f32; a single piece as it is, not a copy. */
export function joined(pieces: readonly Float32Array[]): Float32Array {
  const [only] = pieces;
  if (only && pieces.length === 1) return only;
  const whole = new Float32Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
