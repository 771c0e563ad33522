/** The results of an evaluation as a file that grows by a line with each utterance, from which a later run continues. */
import { appendFileSync, closeSync, openSync } from 'node:fs';
import { readFile, stat, truncate } from 'node:fs/promises';
import { SttError } from '../../errors.js';
import { writeError } from '../write-error.js';
import { objectIn } from './object-in.js';

/** What the results depend on besides the audio. */
export interface ResultsOrigin {
  readonly model: string;
  /** Of the weights. */
  readonly fingerprint: string;
  readonly backend: string;
  readonly build: string;
}

export interface Result {
  readonly id: string;
  readonly reference: string;
  readonly hypothesis: string;
  /** Size of the audio file: another size is another recording, transcribed again. */
  readonly bytes: number;
  readonly audioSeconds: number;
  /** From the end of the utterance before it, in whatever stream, to the end of this: their sum is the time of the run. */
  readonly wallSeconds: number;
}

const FORMAT = 'kyutai-stt eval';
const VERSION = 1;
const BEGINS = `{"format":"${FORMAT}"`;

export class ResultsFile {
  /** Of earlier runs, by id. */
  readonly earlier: ReadonlyMap<string, Result>;
  readonly #path: string;
  readonly #file: number;

  private constructor(path: string, earlier: ReadonlyMap<string, Result>) {
    this.earlier = earlier;
    this.#path = path;
    try {
      this.#file = openSync(path, 'a');
    } catch (cause) {
      throw writeError(path, cause, 'invalid-argument');
    }
  }

  /**
   * Creates the file, or continues one that has the same origin. A line that a run could not complete is removed.
   *
   * @throws SttError `invalid-argument` for a file of another origin or of another kind
   */
  static async open(path: string, origin: ResultsOrigin): Promise<ResultsFile> {
    const found = await stat(path).catch(() => undefined);
    if (found && !found.isFile()) throw new SttError('invalid-argument', `${path} is not a regular file, expected one`);
    const text = found ? await readFile(path, 'utf8') : '';
    const complete = text.slice(0, text.lastIndexOf('\n') + 1);
    if (complete === '') {
      // A file that is no results file of ours may be one line without an end.
      if (!BEGINS.startsWith(text.slice(0, BEGINS.length))) throw noResults(path);
      if (found) await cut(path, 0);
      const file = new ResultsFile(path, new Map());
      file.#write({ format: FORMAT, version: VERSION, ...origin });
      return file;
    }
    const { origin: earlier, results } = parseResults(path, complete);
    for (const name of ['model', 'fingerprint', 'backend', 'build'] as const) {
      if (earlier[name] === origin[name]) continue;
      const what = name === 'fingerprint' ? 'weights' : name;
      throw new SttError(
        'invalid-argument',
        `${path}: holds results of ${what} ${earlier[name]}, found ${origin[name]}; use another --results`,
      );
    }
    if (complete.length < text.length) await cut(path, Buffer.byteLength(complete));
    return new ResultsFile(path, new Map(results.map((result) => [result.id, result])));
  }

  append(result: Result): void {
    this.#write(result);
  }

  close(): void {
    closeSync(this.#file);
  }

  #write(line: object): void {
    try {
      appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
    } catch (cause) {
      throw writeError(this.#path, cause);
    }
  }
}

/** @throws SttError `invalid-argument` naming the file and the line */
export function parseResults(path: string, text: string): { origin: ResultsOrigin; results: Result[] } {
  const [head, ...lines] = text.split('\n').filter((line) => line !== '');
  const origin = objectIn(head ?? '');
  if (origin?.['format'] !== FORMAT || origin['version'] !== VERSION) throw noResults(path);
  const results = lines.map((line, i) => {
    const result = objectIn(line);
    if (['id', 'reference', 'hypothesis'].every((field) => typeof result?.[field] === 'string'))
      return result as unknown as Result;
    throw new SttError('invalid-argument', `${path}, line ${i + 2}: found no result, expected one in each line`);
  });
  return { origin: origin as unknown as ResultsOrigin, results };
}

function noResults(path: string): SttError {
  return new SttError('invalid-argument', `${path}: found another kind of file, expected results of kyutai-stt eval`);
}

function cut(path: string, size: number): Promise<void> {
  return truncate(path, size).catch((cause: unknown) => {
    throw writeError(path, cause);
  });
}
