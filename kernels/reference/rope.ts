/** The definition of rope.ts: x [rows, H, D], rotation [rows, D/2, 2] → [rows, H, D]. */
export function rope(x: Float32Array, rotation: Float32Array, rows: number, H: number, D: number): Float32Array {
  const y = new Float32Array(x.length);
  for (let r = 0; r < rows; r++) {
    for (let h = 0; h < H; h++) {
      for (let i = 0; i < D / 2; i++) {
        const even = (r * H + h) * D + 2 * i;
        const at = r * D + 2 * i;
        const [re, im, cos, sin] = [x[even]!, x[even + 1]!, rotation[at]!, rotation[at + 1]!];
        y[even] = re * cos - im * sin;
        y[even + 1] = re * sin + im * cos;
      }
    }
  }
  return y;
}
