/** Loudness for a meter, and whether the input is digitally silent. */

/** Loudness of one short stretch of sound, both 0 … 1 of full scale. */
export interface Level {
  /** Root of the mean square. */
  readonly rms: number;
  /** Largest absolute sample. */
  readonly peak: number;
}

/** Meter readings a second: one a frame. */
export const LEVELS_PER_SECOND = 12.5;
/** A room is never exactly zero for this long; a muted or broken microphone is. */
export const SILENT_AFTER = 2; // seconds

/** What a meter reports to. */
export interface MeterSink {
  /** 12.5 times a second of sound. */
  level(level: Level): void;
  /** `true` once input has been exactly zero for more than 2 s, `false` with the first sample that is not. */
  silent(silent: boolean): void;
}

/** Watches the loudness of a stream of samples. */
export class Meter {
  readonly #sink: MeterSink;
  readonly #window: number; // samples a reading
  readonly #patience: number; // samples of zeros that count as silence
  #squares = 0;
  #peak = 0;
  #seen = 0;
  #zeros = 0;

  /** @param rate of the samples, Hz */
  constructor(sink: MeterSink, rate: number) {
    this.#sink = sink;
    this.#window = Math.round(rate / LEVELS_PER_SECOND);
    this.#patience = rate * SILENT_AFTER;
  }

  /** Takes samples [n] f32, any n. */
  push(samples: Float32Array): void {
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i] ?? 0;
      this.#listen(sample === 0);
      this.#squares += sample * sample;
      this.#peak = Math.max(this.#peak, Math.abs(sample));
      if (++this.#seen === this.#window) this.#report();
    }
  }

  /** Lets the meter fall to zero, as when listening pauses. */
  rest(): void {
    this.#squares = this.#peak = this.#seen = 0;
    this.#sink.level({ rms: 0, peak: 0 });
  }

  #listen(zero: boolean): void {
    if (zero) {
      this.#zeros++;
      if (this.#zeros === Math.floor(this.#patience) + 1) this.#sink.silent(true);
      return;
    }
    if (this.#zeros > this.#patience) this.#sink.silent(false);
    this.#zeros = 0;
  }

  #report(): void {
    this.#sink.level({ rms: Math.sqrt(this.#squares / this.#seen), peak: this.#peak });
    this.#squares = this.#peak = this.#seen = 0;
  }
}
