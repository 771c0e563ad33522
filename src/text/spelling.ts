/** Writes a phrase with the pieces of a SentencePiece tokenizer, as the model's training text was written. */
import type { SentencePiece } from './sentencepiece.js';

const SPACE = '\u2581';
/** The score of a byte, below that of any piece. */
const BYTE_SCORE = -100;

export interface SpelledPiece {
  readonly token: number;
  /** Whether the piece begins with a space. */
  readonly startsWord: boolean;
}

/** Pieces by their text, and bytes by their value. */
export class Spelling {
  readonly #tokens = new Map<string, { readonly token: number; readonly score: number }>();
  readonly #bytes = new Map<number, number>();
  #longest = 1;

  constructor(tokenizer: SentencePiece) {
    for (const [token, { text, score, type }] of tokenizer.pieces.entries()) {
      if (type === 'byte') this.#bytes.set(Number(text.slice(1, -1)), token);
      if (type !== 'normal' && type !== 'user-defined') continue;
      this.#tokens.set(text, { token, score });
      this.#longest = Math.max(this.#longest, text.length);
    }
  }

  /**
   * The pieces with the largest sum of scores. Characters without a piece are written in bytes.
   * @returns the first character that the tokenizer cannot write, if there is one
   */
  spell(phrase: string): SpelledPiece[] | string {
    const words = phrase.normalize('NFKC').trim().split(/\s+/);
    const text = words.map((word) => SPACE + word).join('');
    /** Index: length of a prefix of `text`: its best score, and its last piece's tokens and start. */
    const best: ({ score: number; from: number; tokens: readonly number[] } | undefined)[] = [
      { score: 0, from: 0, tokens: [] },
    ];
    for (let from = 0; from < text.length; from++) {
      const before = best[from];
      if (!before) continue;
      const consider = (to: number, score: number, tokens: readonly number[]): void => {
        if (before.score + score > (best[to]?.score ?? -Infinity))
          best[to] = { score: before.score + score, from, tokens };
      };
      for (let to = from + 1; to <= Math.min(text.length, from + this.#longest); to++) {
        const piece = this.#tokens.get(text.slice(from, to));
        if (piece) consider(to, piece.score, [piece.token]);
      }
      const character = String.fromCodePoint(text.codePointAt(from)!);
      const bytes = [...new TextEncoder().encode(character)].map((byte) => this.#bytes.get(byte));
      if (bytes.every((token) => token !== undefined))
        consider(from + character.length, BYTE_SCORE * bytes.length, bytes);
    }
    if (!best[text.length]) return String.fromCodePoint(text.codePointAt(best.length - 1)!);
    const pieces: SpelledPiece[] = [];
    for (let to = text.length; to > 0;) {
      const { from, tokens } = best[to]!;
      const startsWord = text.startsWith(SPACE, from);
      pieces.unshift(...tokens.map((token, i) => ({ token, startsWord: startsWord && i === 0 })));
      to = from;
    }
    return pieces;
  }
}
