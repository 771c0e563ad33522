/** A phrase with a boost, as in the specification. */

/** A name or a term to prefer. */
export class KyutaiSpeechRecognitionPhrase {
  readonly phrase: string;
  /** 0 … 10: natural logarithm of how much likelier the phrase is. */
  readonly boost: number;

  /** Throws a SyntaxError DOMException for a boost outside 0 … 10. */
  constructor(phrase: string, boost = 1) {
    if (!Number.isFinite(boost)) throw new TypeError(`The boost ${boost} is not a finite number.`);
    if (boost < 0 || boost > 10) throw new DOMException(`The boost ${boost} is not in 0 … 10.`, 'SyntaxError');
    this.phrase = phrase;
    this.boost = boost;
  }
}
