/** The low-pass filter of the resampler: a Kaiser-windowed sinc, tabulated by phase. */

/** End of the pass band, as a fraction of the lower of the two rates: 10.8 kHz at 24 kHz. */
export const PASS_EDGE = 0.45;
/** Start of the stop band: the Nyquist frequency of the lower rate, so that nothing aliases. */
export const STOP_EDGE = 0.5;
/** Attenuation the tests require. The window is designed for 10 dB more, to cover rounding and interpolation. */
export const STOP_BAND_DB = 80;

const DESIGN_DB = STOP_BAND_DB + 10;
const KAISER_BETA = 0.1102 * (DESIGN_DB - 8.7); // Kaiser's fit for more than 50 dB
const KAISER_WIDTH = (DESIGN_DB - 7.95) / 14.36; // taps × transition width in cycles per sample

/** Half the length of the impulse response, in input samples. */
export function halfWidth(inputRate: number, outputRate: number): number {
  const lower = Math.min(inputRate, outputRate) / inputRate;
  return KAISER_WIDTH / ((STOP_EDGE - PASS_EDGE) * lower) / 2;
}

/** The impulse response as a function of time in input samples, unit gain at 0 Hz; even, and 0 beyond `halfWidth`. */
export function impulseResponse(inputRate: number, outputRate: number): (time: number) => number {
  const lower = Math.min(inputRate, outputRate) / inputRate;
  const cutoff = (PASS_EDGE + STOP_EDGE) * lower; // twice the middle of the transition band, in cycles per input sample
  const half = halfWidth(inputRate, outputRate);
  const scale = cutoff / besselI0(KAISER_BETA);
  return (time) => {
    const edge = 1 - (time / half) ** 2;
    return edge > 0 ? scale * sinc(cutoff * time) * besselI0(KAISER_BETA * Math.sqrt(edge)) : 0;
  };
}

/** Filter rows for `phases + 1` positions between two input samples, ready for a dot product. */
export interface PhaseBank {
  /** Taps per row (J). */
  readonly taps: number;
  /** Row p, [J] f32, gives the output that lies p/phases after input J/2 − 1 of its window. */
  readonly rows: Float32Array; // [phases + 1, J]
}

/**
 * Tabulates the filter. Each row is scaled to sum to 1, so that a constant input gives the same output in every phase;
 * otherwise silence with a DC offset would acquire a faint tone.
 */
export function phaseBank(inputRate: number, outputRate: number, phases: number): PhaseBank {
  const response = impulseResponse(inputRate, outputRate);
  const half = Math.ceil(halfWidth(inputRate, outputRate));
  const taps = 2 * half;
  const rows = new Float32Array((phases + 1) * taps);
  for (let phase = 0; phase <= phases; phase++) {
    const row = Array.from({ length: taps }, (_, j) => response(phase / phases + half - 1 - j));
    const sum = row.reduce((total, tap) => total + tap, 0);
    rows.set(
      row.map((tap) => tap / sum),
      phase * taps,
    );
  }
  return { taps, rows };
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Modified Bessel function of the first kind, order 0, by its power series, which converges fast for x < 30. */
function besselI0(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
