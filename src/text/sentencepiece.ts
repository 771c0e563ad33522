/** Parses a SentencePiece `.model` file and decodes text tokens. */
import { PbfReader } from 'pbf';
import { SttError } from '../errors.js';

/** Field numbers in sentencepiece_model.proto that decoding needs. */
const MODEL_PIECES = 1;
const PIECE_TEXT = 1;
const PIECE_SCORE = 2;
const PIECE_TYPE = 3;
const WIRE_BYTES = 2;

/** Piece types by their number in sentencepiece_model.proto. */
const TYPE_NAMES = ['', 'normal', 'unknown', 'control', 'user-defined', 'unused', 'byte'] as const;
type PieceType = Exclude<(typeof TYPE_NAMES)[number], ''>;

const SPACE_SYMBOL = /\u2581/g;
const BYTE_PIECE = /^<0x([0-9A-Fa-f]{2})>$/;

export interface Piece {
  /** As stored: a space is U+2581, a byte is `<0xNN>`. */
  readonly text: string;
  readonly score: number;
  readonly type: PieceType;
}

/** What a token adds to the text: characters, one byte of a character, or nothing. */
export type Surface = string | number | null;

export class SentencePiece {
  readonly pieces: readonly Piece[];
  readonly #surfaces: readonly Surface[];

  private constructor(pieces: readonly Piece[], surfaces: readonly Surface[]) {
    this.pieces = pieces;
    this.#surfaces = surfaces;
  }

  /**
   * Parses the bytes of a `.model` file. `name` is for messages; `expectedPieces` is the language model's number of text
   * tokens. Throws `tokenizer-invalid` unless the file is a complete tokenizer of that size.
   */
  static parse(bytes: Uint8Array, name: string, expectedPieces: number): SentencePiece {
    const pieces = readPieces(bytes, name);
    if (pieces.length !== expectedPieces) {
      throw new SttError(
        'tokenizer-invalid',
        `${name} has ${pieces.length} pieces, expected ${expectedPieces} (the model's text_card)`,
      );
    }
    return new SentencePiece(
      pieces,
      pieces.map((piece, id) => surface(piece, id, name)),
    );
  }

  /** What `token` adds to the text. Control, unknown and unused pieces, and tokens out of range, add nothing. */
  surface(token: number): Surface {
    return this.#surfaces[token] ?? null;
  }

  /** The text of a whole sequence of tokens, without the spaces before its first word. */
  decode(tokens: readonly number[]): string {
    const text = new PieceText(this);
    let [leading, spaces] = [true, 0];
    for (const token of tokens) {
      const added = this.surface(token);
      if (leading && added !== null) {
        // Drop only the space that opens a piece; a space encoded as a byte is content.
        const own = typeof added === 'string' ? added.length - added.trimStart().length : 0;
        spaces += own;
        leading = typeof added === 'string' && own === added.length;
      }
      text.push(token);
    }
    text.close();
    return text.text.slice(spaces);
  }
}

/** Text that grows token by token. Bytes of an incomplete character appear in `text` once it is complete or closed. */
export class PieceText {
  /** The complete characters not yet taken; `push` only appends. */
  text = '';
  readonly #tokenizer: SentencePiece;
  readonly #bytes: number[] = [];

  constructor(tokenizer: SentencePiece) {
    this.#tokenizer = tokenizer;
  }

  /** Whether bytes of an incomplete character are pending. */
  get unfinished(): boolean {
    return this.#bytes.length > 0;
  }

  push(token: number): void {
    const added = this.#tokenizer.surface(token);
    if (typeof added === 'number') {
      this.#bytes.push(added);
      this.#settle(false);
    } else if (added !== null) {
      this.#settle(true);
      this.text += added;
    }
  }

  /** Ends the text: each byte of an incomplete character becomes U+FFFD, as in SentencePiece. */
  close(): void {
    this.#settle(true);
  }

  /** Moves the first `length` UTF-16 units out of `text` and returns them. */
  take(length: number): string {
    const taken = this.text.slice(0, length);
    this.text = this.text.slice(length);
    return taken;
  }

  #settle(closed: boolean): void {
    while (this.#bytes.length > 0) {
      const length = sequenceLength(this.#bytes[0] ?? 0);
      if (!closed && this.#bytes.length < length && this.#bytes.slice(1).every(isContinuation)) return;
      const character = decodeCharacter(this.#bytes.slice(0, length));
      this.text += character ?? '\uFFFD';
      this.#bytes.splice(0, character === undefined ? 1 : length);
    }
  }
}

function readPieces(bytes: Uint8Array, name: string): Piece[] {
  if (bytes.byteLength === 0)
    throw new SttError('tokenizer-invalid', `${name} is empty, expected a SentencePiece model`);
  const pieces: Piece[] = [];
  try {
    const reader = new PbfReader(bytes);
    reader.readFields((field, _result, pbf) => {
      if (field === MODEL_PIECES && pbf.type === WIRE_BYTES) pieces.push(readPiece(pbf, name, pieces.length));
      else skipWithin(pbf, name, bytes.byteLength);
    }, undefined);
    if (reader.pos !== bytes.byteLength) throw truncated(name, reader.pos, bytes.byteLength);
  } catch (cause) {
    throw SttError.from(cause, `${name} is not a SentencePiece model (${bytes.byteLength} bytes)`, 'tokenizer-invalid');
  }
  if (pieces.length === 0) {
    throw new SttError(
      'tokenizer-invalid',
      `${name} is not a SentencePiece model: 0 pieces in ${bytes.byteLength} bytes`,
    );
  }
  return pieces;
}

function readPiece(pbf: PbfReader, name: string, index: number): Piece {
  const end = pbf.readVarint() + pbf.pos;
  // pbf reads past the end of its buffer without an error, so truncated files are detected here.
  if (end > pbf.length) throw truncated(name, end, pbf.length);
  let [text, score, type] = ['', 0, 1];
  pbf.readFields(
    (field, _result, inner) => {
      if (field === PIECE_TEXT && inner.type === WIRE_BYTES) text = inner.readString();
      else if (field === PIECE_SCORE) score = inner.readFloat();
      else if (field === PIECE_TYPE) type = inner.readVarint();
      else skipWithin(inner, name, end);
      if (inner.pos > end) throw truncated(name, inner.pos, end);
    },
    undefined,
    end,
  );
  const typeName = TYPE_NAMES[type];
  if (!typeName) {
    throw new SttError(
      'tokenizer-invalid',
      `${name}: piece ${index} is of type ${type}, expected 1 to ${TYPE_NAMES.length - 1}`,
    );
  }
  return { text, score, type: typeName };
}

function skipWithin(pbf: PbfReader, name: string, end: number): void {
  pbf.skip(pbf.type);
  if (!(pbf.pos <= end)) throw truncated(name, pbf.pos, end);
}

function truncated(name: string, needed: number, found: number): SttError {
  return new SttError(
    'tokenizer-invalid',
    `${name} is cut short: a field ends at byte ${needed}, found ${found} bytes`,
  );
}

function surface(piece: Piece, id: number, name: string): Surface {
  switch (piece.type) {
    case 'control':
    case 'unknown':
    case 'unused':
      return null;
    case 'byte': {
      const hex = BYTE_PIECE.exec(piece.text)?.[1];
      if (hex) return Number.parseInt(hex, 16);
      throw new SttError(
        'tokenizer-invalid',
        `${name}: byte piece ${id} is "${piece.text}", expected <0x00> to <0xFF>`,
      );
    }
    case 'normal':
    case 'user-defined':
      return piece.text.replace(SPACE_SYMBOL, ' ');
  }
}

/** Bytes of the UTF-8 sequence that `lead` starts; 1 if it starts none. */
function sequenceLength(lead: number): number {
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 1;
}

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The character that these bytes encode; undefined if they are invalid. */
function decodeCharacter(bytes: readonly number[]): string | undefined {
  try {
    return utf8.decode(Uint8Array.from(bytes));
  } catch {
    // A fatal decoder throws only for invalid bytes. The caller writes U+FFFD.
    return undefined;
  }
}
