/** The reference that a model is checked against: a recording, and what the official implementation made of it. */
import { SttError } from '../errors.js';
import type { SttConfig } from '../model/config.js';
import { ALIGNMENTS, type AlignmentName } from './alignment.js';

/** Shares are 0 … 1. A value without a threshold is printed and not judged. */
export interface Thresholds {
  /** The least share of equal codes. */
  readonly codes?: number;
  /** The same for the first codebook, which carries the words. */
  readonly firstCodebook?: number;
  /** The least share of equal tokens of the language model on the official codes. */
  readonly tokens?: number;
  /** The least share of equal tokens from the recording. */
  readonly tokensEndToEnd?: number;
  /** The highest word error rate of the transcript of the recording. */
  readonly wordErrorRate?: number;
}

export interface Reference {
  readonly name: string;
  /** File name of the recording, relative to the reference's file. */
  readonly audio: string;
  /** Who computed it, with which weights. */
  readonly source: string;
  readonly codebooks: number;
  /** Entries of a codebook. */
  readonly codebookSize: number;
  /** Tokens of the text vocabulary. Another model's tokens are not comparable. */
  readonly textCard: number;
  readonly frames: number;
  /** [frames, codebooks] */
  readonly codes: Uint16Array;
  /** Text tokens, one per step. */
  readonly tokens: readonly number[];
  /** Absent where the tokens form no words. */
  readonly transcript?: string;
  /** Which codes each step was fed; found by comparison where the source does not say. */
  readonly alignment?: AlignmentName | undefined;
  /** For weights of 8 bits or more, and of fewer. */
  readonly thresholds: { readonly full: Thresholds; readonly quantised: Thresholds };
}

/** Throws `invalid-argument` naming the file and the field. */
export function parseReference(file: string, json: string): Reference {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (cause) {
    throw SttError.from(cause, file, 'invalid-argument');
  }
  const fields = new JsonFields(file, parsed);
  const [codebooks, frames] = [fields.count('codebooks'), fields.count('frames')];
  const codes = decodeCodes(fields.text('codes'));
  if (codes.length !== frames * codebooks)
    throw new SttError('invalid-argument', `${file}: codes: found ${codes.length}, expected ${frames} × ${codebooks}`);
  const codebookSize = fields.count('codebookSize');
  const beyond = codes.find((code) => code >= codebookSize);
  if (beyond !== undefined)
    throw new SttError('invalid-argument', `${file}: codes: found ${beyond}, expected less than ${codebookSize}`);
  const alignment = fields.optional('alignment', () => fields.text('alignment'));
  if (alignment !== undefined && !isAlignment(alignment)) {
    const names = Object.keys(ALIGNMENTS).join(', ');
    throw new SttError('invalid-argument', `${file}: alignment: found ${alignment}, expected ${names}`);
  }
  const transcript = fields.optional('transcript', () => fields.text('transcript'));
  const tokens = fields.counts('tokens');
  if (tokens.length !== frames && tokens.length !== frames + 1)
    throw new SttError('invalid-argument', `${file}: tokens: found ${tokens.length}, expected ${frames} or one more`);
  const thresholds = fields.object('thresholds');
  return {
    name: fields.text('name'),
    audio: fields.text('audio'),
    source: fields.text('source'),
    codebooks,
    codebookSize,
    textCard: fields.count('textCard'),
    frames,
    codes,
    tokens,
    ...(transcript !== undefined && { transcript }),
    ...(alignment !== undefined && { alignment }),
    thresholds: {
      full: parseThresholds(thresholds.object('full')),
      quantised: parseThresholds(thresholds.object('quantised')),
    },
  };
}

/** Whether the model's codes are of the reference's kind. */
export function hasCodesOf({ lm }: SttConfig, { codebooks, codebookSize }: Reference): boolean {
  return lm.nQ === codebooks && lm.card === codebookSize;
}

/** Whether the model's text tokens are of the reference's kind too. */
export function hasTokensOf(config: SttConfig, reference: Reference): boolean {
  return hasCodesOf(config, reference) && config.lm.textCard === reference.textCard;
}

/** The reference that fits a model best. Throws `invalid-argument` if none does. */
export function referenceFor(
  model: { readonly name: string; readonly config: SttConfig },
  all: readonly Reference[],
): Reference {
  const { lm } = model.config;
  const found =
    all.find((each) => hasTokensOf(model.config, each)) ?? all.find((each) => hasCodesOf(model.config, each));
  if (found) return found;
  throw new SttError(
    'invalid-argument',
    `${model.name}: no reference for ${lm.nQ} codebooks of ${lm.card} entries, expected ${all.map(({ codebooks, codebookSize }) => `${codebooks} of ${codebookSize}`).join(' or ')}; --reference names another`,
  );
}

function isAlignment(name: string): name is AlignmentName {
  return Object.hasOwn(ALIGNMENTS, name);
}

const SHARES = ['codes', 'firstCodebook', 'tokens', 'tokensEndToEnd', 'wordErrorRate'] as const;

function parseThresholds(fields: JsonFields): Thresholds {
  const thresholds: Partial<Record<(typeof SHARES)[number], number>> = {};
  for (const name of SHARES) {
    const value = fields.optional(name, () => fields.share(name));
    if (value !== undefined) thresholds[name] = value;
  }
  if (Object.keys(thresholds).length === 0) fields.refuse('an empty object', `some of ${SHARES.join(', ')}`);
  return thresholds;
}

/** Base64 of 16-bit little-endian integers. */
function decodeCodes(base64: string): Uint16Array {
  const text = atob(base64);
  return Uint16Array.from(
    { length: text.length >> 1 },
    (_, i) => text.charCodeAt(2 * i) | (text.charCodeAt(2 * i + 1) << 8),
  );
}

/** The fields of a JSON object, checked; errors name the file and the field. */
class JsonFields {
  readonly #where: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(where: string, value: unknown) {
    this.#where = where;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.refuse(typeName(value), 'an object');
    this.#fields = value as Record<string, unknown>;
  }

  object(name: string): JsonFields {
    return new JsonFields(`${this.#where}: ${name}`, this.#fields[name]);
  }

  optional<T>(name: string, read: () => T): T | undefined {
    return this.#fields[name] === undefined ? undefined : read();
  }

  text(name: string): string {
    const value = this.#fields[name];
    return typeof value === 'string' ? value : this.#refuseField(name, 'a text');
  }

  count(name: string): number {
    const value = this.#fields[name];
    return isCount(value) ? value : this.#refuseField(name, 'a whole number');
  }

  counts(name: string): readonly number[] {
    const value = this.#fields[name];
    return Array.isArray(value) && value.every(isCount) ? value : this.#refuseField(name, 'whole numbers');
  }

  share(name: string): number {
    const value = this.#fields[name];
    return typeof value === 'number' && value >= 0 && value <= 1
      ? value
      : this.#refuseField(name, 'a number from 0 to 1');
  }

  refuse(found: string, expected: string): never {
    throw new SttError('invalid-argument', `${this.#where}: found ${found}, expected ${expected}`);
  }

  #refuseField(name: string, expected: string): never {
    const value = this.#fields[name];
    const found = typeof value === 'number' || typeof value === 'string' ? JSON.stringify(value) : typeName(value);
    throw new SttError('invalid-argument', `${this.#where}: ${name}: found ${found}, expected ${expected}`);
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

function typeName(value: unknown): string {
  if (value === undefined) return 'nothing';
  return value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value;
}
