/** Computes the rotation angles of RoPE, in f64 on the host. */

/**
 * Writes (cos θᵢ, sin θᵢ) of one position: θᵢ = t · P^(−2i/D).
 *
 * In f64 because t grows as long as the stream runs: after six hours two neighbouring f32 angles are 0.03 rad apart.
 */
export class Rotation {
  readonly #frequencies: Float64Array;

  /** @param D head width, even @param P period */
  constructor(D: number, P: number) {
    this.#frequencies = Float64Array.from({ length: D / 2 }, (_, i) => Math.pow(P, (-2 * i) / D));
  }

  /** Fills `to` from index `at` with [D/2, 2] f32 for position `t`. */
  write(to: Float32Array, at: number, t: number): void {
    const frequencies = this.#frequencies;
    for (let i = 0; i < frequencies.length; i++) {
      const angle = t * (frequencies[i] ?? 0);
      to[at + 2 * i] = Math.cos(angle);
      to[at + 2 * i + 1] = Math.sin(angle);
    }
  }
}
