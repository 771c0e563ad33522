/** Rewrites a Hugging Face tokenizer.json as the SentencePiece file it was made from, as far as decoding needs it. */
import { SttError } from '../errors.js';

/** Numbers of the types in sentencepiece_model.proto. */
const [NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE] = [1, 2, 3, 4, 5, 6] as const;

interface TokenizerJson {
  readonly added_tokens?:
    readonly { readonly id: number; readonly content: string; readonly special?: boolean }[] | null;
  readonly model?: {
    readonly type?: string;
    /** Unigram: pieces and scores in the order of their ids. BPE: ids by piece. */
    readonly vocab?: readonly (readonly [string, number])[] | Readonly<Record<string, number>>;
    readonly unk_id?: number | null;
    readonly unk_token?: string | null;
    readonly byte_fallback?: boolean;
  };
}

/**
 * The bytes of a `.model` file with the first `count` pieces. `name` is for messages. Throws `tokenizer-invalid` unless
 * `json` holds the pieces of a Unigram or BPE model.
 */
export function sentencePieceFromJson(json: Uint8Array, name: string, count: number): Uint8Array<ArrayBuffer> {
  let parsed: TokenizerJson;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json)) as TokenizerJson;
  } catch (cause) {
    throw SttError.from(cause, `${name}: not JSON`, 'tokenizer-invalid');
  }
  const type = parsed.model?.type;
  if (type !== 'Unigram' && type !== 'BPE')
    throw new SttError('tokenizer-invalid', `${name}: model.type is ${type}, expected Unigram or BPE`);
  const utf8 = new TextEncoder();
  const bytes: number[] = [];
  for (const [text, score, type] of piecesOf(parsed, count)) {
    const piece = [...delimited(utf8.encode(text)), 0x15, ...new Uint8Array(Float32Array.of(score).buffer), 0x18, type];
    bytes.push(...delimited(piece));
  }
  return Uint8Array.from(bytes);
}

type Piece = readonly [text: string, score: number, type: number];

function piecesOf({ model = {}, added_tokens }: TokenizerJson, count: number): Piece[] {
  const { vocab, unk_id, unk_token, byte_fallback } = model;
  const pieces: (Piece | undefined)[] = [];
  const put = (id: number, piece: Piece): void => {
    if (id >= 0 && id < count) pieces[id] = piece;
  };
  const add = (id: number, text: string, score: number): void => {
    const isByte = byte_fallback === true && /^<0x[\dA-Fa-f]{2}>$/.test(text);
    put(id, [text, score, isByte ? BYTE : id === unk_id || text === unk_token ? UNKNOWN : NORMAL]);
  };
  if (Array.isArray(vocab)) vocab.forEach(([text, score]: readonly [string, number], id) => add(id, text, score));
  else for (const [text, id] of Object.entries((vocab ?? {}) as Record<string, number>)) add(id, text, 0);
  for (const { id, content, special } of added_tokens ?? [])
    if (pieces[id]?.[2] !== UNKNOWN) put(id, [content, 0, special === true ? CONTROL : USER_DEFINED]);
  return Array.from(pieces, (piece) => piece ?? ['', 0, UNUSED]);
}

/** Field 1 with its length, a varint. */
function delimited(bytes: ArrayLike<number>): number[] {
  const field = [0x0a];
  let { length } = bytes;
  for (; length > 0x7f; length >>>= 7) field.push((length & 0x7f) | 0x80);
  return [...field, length, ...Array.from(bytes)];
}
