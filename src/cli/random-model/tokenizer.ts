/** A SentencePiece `.model` of a given size, of invented words, one for every token of a random model. */
import { PbfWriter } from 'pbf';
import { RandomWords } from './random-words.js';

/** Field numbers of sentencepiece_model.proto. */
const MODEL_PIECES = 1;
const MODEL_TRAINER = 2;
const MODEL_NORMALIZER = 3;
const PIECE_TEXT = 1;
const PIECE_SCORE = 2;
const PIECE_TYPE = 3;
const TRAINER_MODEL_TYPE = 3;
const TRAINER_VOCAB_SIZE = 4;
const TRAINER_PAD_ID = 43;
const NORMALIZER_NAME = 1;

const NORMAL = 1;
const UNKNOWN = 2;
const CONTROL = 3;
const UNIGRAM = 1;

/** The published tokenizers begin so; the padding token is the fourth. */
const SPECIAL = ['<unk>', '<s>', '</s>', '<pad>'] as const;
const PAD_ID = 3;

/** Consonants at the beginning and end of a syllable. */
const ONSETS = 't n s r l d m c p v b f g j h k w z ch tr pl st br gl'.split(' ');
const VOWELS = 'e a i o u é ou ai è'.split(' ');
const SPACE_SYMBOL = '\u2581';

interface Piece {
  readonly text: string;
  readonly score: number;
  readonly type: number;
}

/** The same words in every file of a size, so that the size does not depend on the seed. */
const SEED = 0;

/** The bytes of a `.model` file with `size` pieces, at least as many as there are special ones. */
export function inventedTokenizer(size: number): Uint8Array<ArrayBuffer> {
  const pbf = new PbfWriter();
  const special = SPECIAL.map((text, id) => ({ text, score: 0, type: id === 0 ? UNKNOWN : CONTROL }));
  const words = inventedPieces(size - SPECIAL.length, new RandomWords(SEED, 'tokenizer'));
  const normal = words.map((text, i) => ({ text, score: -Math.log(i + 2), type: NORMAL }));
  for (const piece of [...special, ...normal]) pbf.writeMessage(MODEL_PIECES, writePiece, piece);
  pbf.writeMessage(MODEL_TRAINER, writeTrainer, size);
  pbf.writeMessage(MODEL_NORMALIZER, writeNormalizer, 'identity');
  return new Uint8Array(pbf.finish());
}

function writePiece({ text, score, type }: Piece, pbf: PbfWriter): void {
  pbf.writeStringField(PIECE_TEXT, text);
  pbf.writeFloatField(PIECE_SCORE, score);
  pbf.writeVarintField(PIECE_TYPE, type);
}

function writeTrainer(size: number, pbf: PbfWriter): void {
  pbf.writeVarintField(TRAINER_MODEL_TYPE, UNIGRAM);
  pbf.writeVarintField(TRAINER_VOCAB_SIZE, size);
  pbf.writeVarintField(TRAINER_PAD_ID, PAD_ID);
}

function writeNormalizer(name: string, pbf: PbfWriter): void {
  pbf.writeStringField(NORMALIZER_NAME, name);
}

/** `count` different pieces of one to three syllables; two of three begin a word. */
function inventedPieces(count: number, random: RandomWords): string[] {
  const pieces = new Set<string>();
  const word = new Uint32Array(1);
  const below = (limit: number): number => {
    random.fill(word, 1);
    return (word[0] ?? 0) % limit;
  };
  while (pieces.size < count) {
    const syllables = 1 + below(3);
    let text = below(3) === 0 ? '' : SPACE_SYMBOL;
    for (let i = 0; i < syllables; i++)
      text += (ONSETS[below(ONSETS.length)] ?? '') + (VOWELS[below(VOWELS.length)] ?? '');
    pieces.add(text);
  }
  return [...pieces];
}
