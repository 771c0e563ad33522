/** The tokenizer, compared with the sentencepiece library, and invalid files. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { SttError } from '../../../src/errors.js';
import { PieceText, SentencePiece } from '../../../src/text/sentencepiece.js';

const fixtures = new URL('../../fixtures/', import.meta.url);
const read = (path: string): Uint8Array => readFileSync(new URL(path, fixtures));

interface Golden {
  readonly tokenizer: string;
  readonly pieces: number;
  readonly cases: readonly { readonly tokens: readonly number[]; readonly text: string }[];
}
const goldens = JSON.parse(new TextDecoder().decode(read('text/sentencepiece.json'))) as Golden[];

const BYTES = 'text/tokenizer_bytes_320.model';
const bytesTokenizer = (): SentencePiece => {
  const golden = goldens.find(({ tokenizer }) => tokenizer === BYTES);
  assert.ok(golden);
  return SentencePiece.parse(read(BYTES), BYTES, golden.pieces);
};

/** The code and message of the error that `parse` throws for these bytes. */
function refusal(bytes: Uint8Array, expected = 256): SttError {
  try {
    SentencePiece.parse(bytes, 'tokenizer.model', expected);
  } catch (error) {
    assert.ok(error instanceof SttError, String(error));
    return error;
  }
  assert.fail('the tokenizer was accepted');
}

describe('SentencePiece', () => {
  for (const { tokenizer, pieces, cases } of goldens) {
    it(`decodes ${cases.length} sequences of ${tokenizer} like the sentencepiece library`, () => {
      const parsed = SentencePiece.parse(read(tokenizer), tokenizer, pieces);
      assert.ok(cases.length > 100);
      for (const { tokens, text } of cases) assert.equal(parsed.decode(tokens), text, `tokens ${tokens.join(' ')}`);
    });
  }

  it('decodes control pieces, unknown pieces and tokens out of range to nothing', () => {
    const tokenizer = bytesTokenizer();
    assert.deepEqual(
      tokenizer.pieces.slice(0, 3).map(({ type }) => type),
      ['unknown', 'control', 'control'],
    );
    assert.equal(tokenizer.decode([0, 1, 2, 3, 9_999, -1]), '');
  });

  it('withholds the bytes of an incomplete character until it is complete', () => {
    const tokenizer = bytesTokenizer();
    const first = tokenizer.pieces.findIndex(({ type }) => type === 'byte');
    const text = new PieceText(tokenizer);
    const seen = [0xe2, 0x82, 0xac].map((byte) => {
      text.push(first + byte);
      return [text.text, text.unfinished];
    });
    assert.deepEqual(seen, [
      ['', true],
      ['', true],
      ['€', false],
    ]);
    text.push(first + 0xe2);
    assert.equal(text.text, '€');
    text.close();
    assert.equal(text.text, '€\uFFFD');
  });

  it('rejects a file that is not a tokenizer and describes it', () => {
    const garbage = new TextEncoder().encode('<!doctype html><title>404</title> not found');
    for (const bytes of [
      garbage,
      new Uint8Array(0),
      new Uint8Array(4096),
      new Uint8Array(64).fill(0xff),
      read('demo/config.json'),
    ]) {
      const error = refusal(bytes);
      assert.equal(error.code, 'tokenizer-invalid');
      assert.match(error.message, /^tokenizer\.model/);
    }
  });

  it('rejects a tokenizer truncated anywhere in its pieces', () => {
    const whole = read('demo/tokenizer_tiny_en_fr_256.model');
    const piecesEnd = 4000 < whole.length ? 3000 : Math.floor(whole.length / 2);
    for (let length = 1; length < piecesEnd; length += 37) {
      assert.equal(refusal(whole.slice(0, length)).code, 'tokenizer-invalid', `cut at ${length}`);
    }
  });

  it('names both piece counts for the tokenizer of another model', () => {
    const error = refusal(read('demo/tokenizer_tiny_en_fr_256.model'), 8000);
    assert.match(error.message, /tokenizer\.model has 256 pieces, expected 8000/);
  });
});
