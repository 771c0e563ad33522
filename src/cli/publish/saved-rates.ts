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

/**
 * Reads the rates of the model with this fingerprint.
 * @throws SttError `invalid-argument` for another file, an incomplete evaluation, or that of another model
 */
export async function readRates(path: string, fingerprint: string): Promise<SavedRates> {
  const json = await read(path);
  const wrong = (found: string, expected: string): SttError =>
    new SttError('invalid-argument', `--eval ${path}: found ${found}, expected ${expected}`);
  const { set, normaliser, words, wer, cer, utterances, failures = [] } = json;
  if (json.format !== 'kyutai-stt eval' || set === undefined || normaliser === undefined || !words || !utterances)
    throw wrong(`the format ${json.format ?? 'of another file'}`, 'the output of kyutai-stt eval --json');
  if (json.fingerprint !== fingerprint)
    throw wrong(`an evaluation of ${json.model} with weights ${json.fingerprint}`, `these weights, ${fingerprint}`);
  if (failures.length > 0) throw wrong(`${failures.length} recordings that failed`, 'a complete evaluation');
  if (typeof wer !== 'number' || typeof cer !== 'number') throw wrong('no reference with a word', 'some');
  return { set: basename(set), normaliser, utterances: utterances.length, words, wer, cer };
}

async function read(path: string): Promise<Json> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Json;
  } catch (cause) {
    throw SttError.from(cause, `--eval ${path}`, 'invalid-argument');
  }
}
