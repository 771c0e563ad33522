/** Measures loudness for a meter and detects digital silence. */

/** Loudness of 80 ms of audio, both values 0 … 1 of full scale. */
export interface Level {
  /** Root of the mean square. */
  readonly rms: number;
  /** Largest absolute sample. */
  readonly peak: number;
}

/** Meter readings per second: one per frame. */
export const LEVELS_PER_SECOND = 12.5;
/** Only a muted or broken microphone is exactly zero for this long; a quiet room never is. */
export const SILENT_AFTER = 2; // seconds

/** Receives a meter's readings. */
export interface MeterSink {
  /** 12.5 times per second of audio. */
  level(level: Level): void;
  /** `true` once the input has been exactly zero for more than 2 s, `false` with the next sample that is not. */
  silent(silent: boolean): void;
}

/** Measures the loudness of a stream of samples. */
export class Meter {
  readonly #sink: MeterSink;
  readonly #window: number; // samples per reading
  readonly #silentAfter: number; // consecutive zero samples that count as silence
  #squares = 0;
  #peak = 0;
  #seen = 0;
  #zeros = 0;

  /** @param rate of the samples, Hz */
  constructor(sink: MeterSink, rate: number) {
    this.#sink = sink;
    this.#window = Math.round(rate / LEVELS_PER_SECOND);
    this.#silentAfter = rate * SILENT_AFTER;
  }

  /** Measures samples [n] f32, any n. */
  push(samples: Float32Array): void {
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i] ?? 0;
      this.#countZeros(sample === 0);
      this.#squares += sample * sample;
      this.#peak = Math.max(this.#peak, Math.abs(sample));
      if (++this.#seen === this.#window) this.#report();
    }
  }

  /** Reports zero and starts a new reading, for a pause. */
  reset(): void {
    this.#squares = this.#peak = this.#seen = 0;
    this.#sink.level({ rms: 0, peak: 0 });
  }

  #countZeros(isZero: boolean): void {
    if (isZero) {
      this.#zeros++;
      if (this.#zeros === Math.floor(this.#silentAfter) + 1) this.#sink.silent(true);
      return;
    }
    if (this.#zeros > this.#silentAfter) this.#sink.silent(false);
    this.#zeros = 0;
  }

  #report(): void {
    this.#sink.level({ rms: Math.sqrt(this.#squares / this.#seen), peak: this.#peak });
    this.#squares = this.#peak = this.#seen = 0;
  }
}
