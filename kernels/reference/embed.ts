/** The definition of embed.ts on a decoded table [rows, M]: y [M] += row `index`. */
export function embed(table: Float32Array, index: number, y: Float32Array): Float32Array {
  const M = y.length;
  return y.map((v, i) => v + table[index * M + i]!);
}
