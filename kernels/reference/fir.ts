/** The definition of resampling: every output sample is a weighted sum of the input samples around it. */

/**
 * The definition of src/audio/resampler.ts.
 *
 *   y[k] = Σₙ x[n] · h(k·inputRate/outputRate − n)
 *
 * @param x [n] f32
 * @param h the impulse response, as a function of time in input samples; 0 beyond ±half
 * @returns [round(n·outputRate/inputRate)] f64
 */
export function fir(
  x: Float32Array,
  inputRate: number,
  outputRate: number,
  h: (time: number) => number,
  half: number,
): Float64Array {
  const y = new Float64Array(Math.round((x.length * outputRate) / inputRate));
  for (let k = 0; k < y.length; k++) {
    const at = (k * inputRate) / outputRate;
    const last = Math.min(x.length - 1, Math.floor(at + half));
    for (let n = Math.max(0, Math.ceil(at - half)); n <= last; n++) y[k]! += x[n]! * h(at - n);
  }
  return y;
}
