/** What the specification lets a page ask to be listened for. */

/** Can be made and listed; this engine cannot be biased, so a session with any ends with `phrases-not-supported`. */
export class KyutaiSpeechRecognitionPhrase {
  readonly phrase: string;
  /** 0 … 10, how many times likelier by natural logarithm. */
  readonly boost: number;

  /** Throws a SyntaxError DOMException for a boost outside 0 … 10. */
  constructor(phrase: string, boost = 1) {
    if (!Number.isFinite(boost)) throw new TypeError(`The boost ${boost} is not a finite number.`);
    if (boost < 0 || boost > 10) throw new DOMException(`The boost ${boost} is not in 0 … 10.`, 'SyntaxError');
    this.phrase = phrase;
    this.boost = boost;
  }
}
