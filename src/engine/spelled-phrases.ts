/** Checks the phrases of a stream, and spells each as the model may write it: also with a capital at its start. */
import { SttError } from '../errors.js';
import { NO_PHRASES, phraseTable, type SpelledPhrase } from '../lm/phrase-table.js';
import type { Phrase } from '../protocol/messages.js';
import type { SentencePiece } from '../text/sentencepiece.js';
import { Spelling } from '../text/spelling.js';

/** The range that the Web Speech API gives a phrase's boost. */
const MOST_BOOST = 10;

const known = new WeakMap<SentencePiece, Spelling>();

/** The table for `LmStream.prefer`. Throws `invalid-argument` for a phrase that cannot be used. */
export function tableOf(tokenizer: SentencePiece, phrases: readonly Phrase[]): Uint32Array<ArrayBuffer> {
  if (phrases.length === 0) return NO_PHRASES;
  let spelling = known.get(tokenizer);
  if (!spelling) known.set(tokenizer, (spelling = new Spelling(tokenizer)));
  const spelled: SpelledPhrase[] = [];
  for (const { phrase, boost = 1 } of phrases) {
    if (typeof (phrase as unknown) !== 'string' || phrase.trim() === '')
      throw new SttError('invalid-argument', `A phrase is ${JSON.stringify(phrase)}, expected words.`);
    if (!(boost >= 0 && boost <= MOST_BOOST))
      throw new SttError(
        'invalid-argument',
        `The boost of the phrase ${JSON.stringify(phrase)} is ${boost}, expected 0 to ${MOST_BOOST}.`,
      );
    const spellings = [phrase, capitalised(phrase)].map((text) => spelling.spell(text));
    const possible = spellings.filter((found) => typeof found !== 'string');
    // Some models write small letters only.
    const small = possible.length > 0 ? '' : spelling.spell(phrase.toLowerCase());
    if (typeof small !== 'string') possible.push(small);
    if (possible.length === 0)
      throw new SttError(
        'invalid-argument',
        `The model cannot write ${JSON.stringify(spellings[0])} of the phrase ${JSON.stringify(phrase)}.`,
      );
    for (const pieces of possible) spelled.push({ pieces, boost });
  }
  return phraseTable(spelled);
}

function capitalised(phrase: string): string {
  const text = phrase.trimStart();
  const [first = ''] = text;
  return first.toLocaleUpperCase('en') + text.slice(first.length);
}
