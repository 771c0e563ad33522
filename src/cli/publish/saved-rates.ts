/** The rates of an evaluation that `kyutai-stt eval --json` saved, for a model card. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { SttError } from '../../errors.js';
import type { EditCounts } from '../../text/edit-counts.js';

export interface SavedRates {
  /** Name of the test set. */
  readonly set: string;
  readonly normaliser: string;
  readonly utterances: number;
  readonly words: EditCounts;
  /** 0 … 1, or more if much is inserted. */
  readonly wer: number;
  readonly cer: number;
}

interface Json {
  readonly format?: string;
  readonly set?: string;
  readonly model?: string;
  readonly fingerprint?: string;
  readonly normaliser?: string;
  readonly wer?: number | null;
  readonly cer?: number | null;
  readonly words?: EditCounts;
  readonly utterances?: readonly unknown[];
  readonly failures?: readonly unknown[];
}

/** What `eval --json` printed, and where. */
export interface SavedEvaluation {
  readonly path: string;
  readonly json: Json;
}

/** Reads the output of `eval --json`. Throws `invalid-argument` for any other file, or if a recording failed. */
export async function readRates(path: string): Promise<SavedEvaluation> {
  const json = await read(path);
  const { format, failures = [] } = json;
  if (format !== 'kyutai-stt eval')
    throw wrong(path, `the format ${format ?? 'of another file'}`, 'the output of kyutai-stt eval --json');
  if (failures.length > 0) throw wrong(path, `${failures.length} recordings that failed`, 'a complete evaluation');
  return { path, json };
}

/** The rates, if they are of the model with this fingerprint. Throws `invalid-argument` otherwise, or if there are none. */
export function ratesOf({ path, json }: SavedEvaluation, fingerprint: string): SavedRates {
  const { model, set, normaliser, words, wer, cer, utterances } = json;
  if (json.fingerprint !== fingerprint)
    throw wrong(path, `an evaluation of ${model} with weights ${json.fingerprint}`, `these weights, ${fingerprint}`);
  if (set === undefined || normaliser === undefined || !words || !utterances)
    throw wrong(path, 'no set, normaliser, words or utterances', 'the output of kyutai-stt eval --json');
  if (typeof wer !== 'number' || typeof cer !== 'number') throw wrong(path, 'no reference with a word', 'some');
  return { set: basename(set), normaliser, utterances: utterances.length, words, wer, cer };
}

function wrong(path: string, found: string, expected: string): SttError {
  return new SttError('invalid-argument', `--eval ${path}: found ${found}, expected ${expected}`);
}

async function read(path: string): Promise<Json> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Json;
  } catch (cause) {
    throw SttError.from(cause, `--eval ${path}`, 'invalid-argument');
  }
}
