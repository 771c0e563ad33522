/** Streaming sample rate conversion with an anti-aliasing low-pass; runs on the audio thread. */
import { SttError } from '../errors.js';
import { phaseBank, type PhaseBank } from './low-pass.js';

/** Ratios with more phases than this (47 999 Hz has 24 000) are interpolated between `INTERPOLATED_PHASES` rows. */
const MOST_EXACT_PHASES = 512;
/** Linear interpolation between 256 rows has an error below −100 dB, far below the stop band. */
const INTERPOLATED_PHASES = 256;
/** The rates of Web Audio; beyond them the filter would need very many taps. */
const LOWEST_RATE = 3_000; // Hz
const HIGHEST_RATE = 768_000; // Hz
/** Rates are rounded to 0.001 Hz, so that positions are whole numbers and never drift. */
const RATE_STEPS = 1_000; // per Hz
/** Input samples between two moves of the history. */
const BLOCK = 4_096;
/** A constant chunk size yields two output lengths, so few views are needed. */
const MOST_VIEWS = 16;

/**
 * Changes the sample rate of a mono stream, chunk by chunk.
 *
 *   y[k] = Σₙ x[n] · h(k·inputRate/outputRate − n)        h: src/audio/low-pass.ts
 *
 * - Flat within 0.01 dB up to 0.45 × the lower rate, at least 80 dB down from 0.5 × the lower rate.
 * - The delay is compensated: output sample 0 is at the time of input sample 0.
 * - Chunks of any size give the same output, bit for bit.
 * - n input samples give round(n · outputRate / inputRate) output samples, once flushed.
 * - Equal rates pass the samples through unchanged.
 * - Allocates only when a chunk is longer than any before it.
 *
 * reference  kernels/reference/fir.ts     test  test/unit/audio/resampler.test.ts
 */
export class Resampler {
  readonly #up: number; // L: L output samples span the time of
  readonly #down: number; // M input samples
  readonly #exact: boolean;
  readonly #filter: PhaseBank;
  readonly #history: Float32Array; // input still needed, oldest first
  #filled = 0; // samples in #history
  #start = 0; // index in #history of the next output's window
  #phase = 0; // position of the next output between two input samples, in units of 1/L
  #consumed = 0; // input samples so far
  #produced = 0; // output samples so far
  #output = new Float32Array(BLOCK);
  readonly #views = new Map<number, Float32Array>();

  /** @throws SttError 'invalid-argument' for a rate outside 3 000 … 768 000 Hz. */
  constructor(inputRate: number, outputRate: number) {
    const [down, up] = [wholeRate('inputRate', inputRate), wholeRate('outputRate', outputRate)];
    const divisor = greatestCommonDivisor(up, down);
    this.#up = up / divisor;
    this.#down = down / divisor;
    this.#exact = this.#up <= MOST_EXACT_PHASES;
    this.#filter = phaseBank(inputRate, outputRate, this.#exact ? this.#up : INTERPOLATED_PHASES);
    this.#history = new Float32Array(this.#filter.taps + BLOCK);
    this.#reset();
  }

  /**
   * Resamples the next chunk. The last 58 samples of the lower rate (2.4 ms at 24 kHz) are output with the next chunk,
   * because the filter needs the samples that follow them.
   *
   * @param input [n] f32, any n; only read
   * @returns [about n·outputRate/inputRate] f32, valid until the next call (for equal rates it is `input` itself)
   */
  process(input: Float32Array): Float32Array {
    if (this.#up === this.#down) return input;
    this.#reserve(Math.ceil((input.length * this.#up) / this.#down) + 1);
    let made = 0;
    for (let read = 0; read < input.length;) {
      const room = this.#makeRoom();
      const count = Math.min(room, input.length - read);
      for (let i = 0; i < count; i++) this.#history[this.#filled + i] = input[read + i] ?? 0;
      this.#filled += count;
      this.#consumed += count;
      read += count;
      made = this.#compute(made, Infinity);
    }
    return this.#view(made);
  }

  /** Outputs the rest of the stream, as if silence followed, and returns to time 0. Valid until the next call, as with `process`. */
  flush(): Float32Array {
    if (this.#up === this.#down) return this.#view(0);
    const whole = Math.floor(this.#consumed / this.#down) * this.#up; // in two parts: the product may exceed 2⁵³
    const total = whole + Math.round(((this.#consumed % this.#down) * this.#up) / this.#down);
    const rest = total - this.#produced;
    this.#reserve(rest);
    for (let made = 0; made < rest;) {
      const room = this.#makeRoom();
      this.#history.fill(0, this.#filled, this.#filled + room);
      this.#filled += room;
      made = this.#compute(made, rest);
    }
    this.#reset();
    return this.#view(rest);
  }

  #reset(): void {
    this.#filled = this.#filter.taps / 2 - 1; // silence before time 0
    this.#history.fill(0, 0, this.#filled);
    this.#start = this.#phase = this.#consumed = this.#produced = 0;
  }

  /** Moves a full history to the front; returns how many samples fit after it. */
  #makeRoom(): number {
    if (this.#filled === this.#history.length) {
      this.#history.copyWithin(0, this.#start, this.#filled);
      this.#filled -= this.#start;
      this.#start = 0;
    }
    return this.#history.length - this.#filled;
  }

  /** Computes outputs from index `made` up to `limit`, or as far as the history reaches; returns their number. */
  #compute(made: number, limit: number): number {
    const { taps } = this.#filter;
    const wholeStep = Math.floor(this.#down / this.#up);
    const partStep = this.#down % this.#up;
    const before = made;
    while (made < limit && this.#start + taps <= this.#filled) {
      this.#output[made++] = this.#exact ? this.#dot(this.#phase) : this.#interpolate();
      this.#start += wholeStep;
      this.#phase += partStep;
      if (this.#phase >= this.#up) {
        this.#phase -= this.#up;
        this.#start++;
      }
    }
    this.#produced += made - before;
    return made;
  }

  #dot(row: number): number {
    const { taps, rows } = this.#filter;
    const first = row * taps;
    let sum = 0;
    for (let j = 0; j < taps; j++) sum += (rows[first + j] ?? 0) * (this.#history[this.#start + j] ?? 0);
    return sum;
  }

  #interpolate(): number {
    const position = (this.#phase / this.#up) * INTERPOLATED_PHASES;
    const row = Math.floor(position);
    const weight = position - row;
    return (1 - weight) * this.#dot(row) + weight * this.#dot(row + 1);
  }

  #reserve(length: number): void {
    if (length <= this.#output.length) return;
    this.#output = new Float32Array(length);
    this.#views.clear();
  }

  /** Views are cached by length: a new one every 3 ms would be garbage on the audio thread. */
  #view(length: number): Float32Array {
    let view = this.#views.get(length);
    if (!view) {
      if (this.#views.size === MOST_VIEWS) this.#views.clear();
      view = this.#output.subarray(0, length);
      this.#views.set(length, view);
    }
    return view;
  }
}

function wholeRate(name: string, rate: number): number {
  if (rate >= LOWEST_RATE && rate <= HIGHEST_RATE) return Math.round(rate * RATE_STEPS);
  throw new SttError('invalid-argument', `${name} is ${rate} Hz, expected ${LOWEST_RATE} … ${HIGHEST_RATE}`);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
