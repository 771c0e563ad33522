/** Typed, range-checked access to the numbers of a config file, with errors that name the file and the key. */
import { SttError } from '../errors.js';

interface IntegerRange {
  readonly max: number;
  readonly min?: number;
  /** Used if the key is absent; without a fallback, that is an error. */
  readonly fallback?: number;
}

/** One object of a config; `path` is '' at the top and 'seanet.' inside `seanet`. */
export class Fields {
  readonly file: string;
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #path: string;

  constructor(file: string, values: Readonly<Record<string, unknown>>, path = '') {
    this.file = file;
    this.#values = values;
    this.#path = path;
  }

  /** Parses `bytes` as a JSON object. */
  static fromJson(file: string, bytes: Uint8Array): Fields {
    let value: unknown;
    try {
      value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    } catch (cause) {
      throw SttError.from(cause, `${file}: not JSON`, 'model-invalid');
    }
    if (!isRecord(value)) throw new SttError('model-invalid', `${file}: not a JSON object`);
    return new Fields(file, value);
  }

  keys(): readonly string[] {
    return Object.keys(this.#values);
  }

  has(key: string): boolean {
    return this.#values[key] !== undefined && this.#values[key] !== null;
  }

  /** A whole number from `min` (1 unless given) to `max`. */
  integer(key: string, { max, min = 1, fallback }: IntegerRange): number {
    const value = this.has(key) ? this.#values[key] : fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw this.wrong(key, value, `a whole number from ${min} to ${max}`);
  }

  /** A number from `min` to `max`. */
  number(key: string, { min, max, fallback }: { min: number; max: number; fallback?: number }): number {
    const value = this.has(key) ? this.#values[key] : fallback;
    if (typeof value === 'number' && value >= min && value <= max) return value;
    throw this.wrong(key, value, `a number from ${min} to ${max}`);
  }

  /** A list of at most `most` whole numbers from `min` (1 unless given) to `max`. */
  integers(key: string, { max, min = 1, most }: { max: number; min?: number; most: number }): number[] {
    const value = this.#values[key];
    const isValid = (n: unknown): boolean => typeof n === 'number' && Number.isInteger(n) && n >= min && n <= max;
    if (Array.isArray(value) && value.length <= most && value.every(isValid)) return value as number[];
    throw this.wrong(key, value, `at most ${most} whole numbers from ${min} to ${max}`);
  }

  /** A plain file name; never a path, because it is looked up beside the config. */
  fileName(key: string, fallback: string): string {
    const value = this.has(key) ? this.#values[key] : fallback;
    if (typeof value === 'string' && /^[^/\\:?#\0]+$/.test(value) && !/^\.+$/.test(value)) return value;
    throw this.wrong(key, value, 'a file name');
  }

  /** Throws `model-mismatch` if the key has a value other than `expected`: nothing else is implemented. */
  fixed(key: string, expected: string | number | boolean | null): void {
    const value = this.#values[key];
    if (value === undefined || value === expected) return;
    throw new SttError('model-mismatch', this.#message(key, value, JSON.stringify(expected)));
  }

  /** The object under `key`; empty if absent. */
  object(key: string): Fields {
    const value = this.has(key) ? this.#values[key] : {};
    if (!isRecord(value)) throw this.wrong(key, value, 'an object');
    return new Fields(this.file, value, `${this.#path}${key}.`);
  }

  /** The error for an invalid value. */
  wrong(key: string, value: unknown, expected: string): SttError {
    return new SttError('model-invalid', this.#message(key, value, expected));
  }

  #message(key: string, value: unknown, expected: string): string {
    const found = value === undefined ? 'missing' : JSON.stringify(value, bigintAsText).slice(0, 80);
    return `${this.file}: ${this.#path}${key} is ${found}, expected ${expected}`;
  }
}

/** GGUF metadata may hold 64-bit integers, which JSON.stringify refuses. */
function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
