/** What rounding costs a tensor, beside what two other rules would. */
import { encodeQ4_0, Q4_0_BLOCK } from '../../kernels/reference/q4_0.js';
import { f16ToF32, f32ToF16 } from '../../kernels/reference/f16.js';
import type { TargetType } from '../model/encode-tensor.js';
import { decodeTensor } from '../model/tensor-types.js';

/** Root mean squares, of a tensor and of its errors. */
export interface RoundingReport {
  readonly name: string;
  readonly type: TargetType;
  /** Error over weights, of what is stored. */
  readonly error: number;
  /** The same for ggml's Q4_0, whose scale is the largest number over −8; only for Q4_0. */
  readonly ggml?: number;
  /** The same for a scale of the largest magnitude over 7; only for Q4_0. */
  readonly plain?: number;
}

/** Sums the squared errors of one tensor, piece by piece. */
export class RoundingError {
  readonly #name: string;
  readonly #type: TargetType;
  readonly #sums = { weights: 0, error: 0, ggml: 0, plain: 0 };

  constructor(name: string, type: TargetType) {
    this.#name = name;
    this.#type = type;
  }

  /** @param x numbers, whole blocks of them  @param encoded the same, as stored */
  add(x: Float32Array<ArrayBuffer>, encoded: Uint8Array<ArrayBuffer>): void {
    const sums = this.#sums;
    for (const value of x) sums.weights += value * value;
    sums.error += squaredError(x, decodeTensor(this.#type, encoded, x.length));
    if (this.#type !== 'q4_0') return;
    const blocks = new Uint8Array(encoded.length);
    encodeQ4_0(x, blocks);
    sums.ggml += squaredError(x, decodeTensor('q4_0', blocks, x.length));
    sums.plain += squaredError(x, roundedPlainly(x));
  }

  get report(): RoundingReport {
    const { weights, error, ggml, plain } = this.#sums;
    const relative = (sum: number): number => (weights === 0 ? 0 : Math.sqrt(sum / weights));
    const others = this.#type === 'q4_0' ? { ggml: relative(ggml), plain: relative(plain) } : {};
    return { name: this.#name, type: this.#type, error: relative(error), ...others };
  }
}

/** A row for each tensor. */
export function roundingTable(reports: readonly RoundingReport[]): string {
  const width = Math.max(...reports.map(({ name }) => name.length));
  const percent = (x: number | undefined): string => (x === undefined ? '' : `${(100 * x).toFixed(3)} %`).padStart(10);
  const rows = reports.map(({ name, type, error, ggml, plain }) =>
    `${name.padEnd(width)}  ${type.padEnd(4)} ${percent(error)} ${percent(ggml)} ${percent(plain)}`.trimEnd(),
  );
  const head = `${'tensor'.padEnd(width)}  type ${'error'.padStart(10)} ${'ggml'.padStart(10)} ${'plain'.padStart(10)}`;
  return `${[head, ...rows].join('\n')}\n`;
}

function squaredError(x: Float32Array, y: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += ((x[i] ?? 0) - (y[i] ?? 0)) ** 2;
  return sum;
}

/** Q4_0 with d = max |x| / 7 and q = round(x / d): the rule of the first conversion of these weights that was published. */
function roundedPlainly(x: Float32Array): Float32Array {
  const y = new Float32Array(x.length);
  for (let start = 0; start < x.length; start += Q4_0_BLOCK) {
    const block = x.subarray(start, start + Q4_0_BLOCK);
    const d = block.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 7;
    const stored = f16ToF32(f32ToF16(d));
    for (const [j, value] of block.entries()) y[start + j] = d === 0 ? 0 : stored * Math.round(value / d);
  }
  return y;
}
