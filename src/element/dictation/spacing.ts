/** Spaces and capitalises a dictated word according to the text around it. */

/** The text before and after the place of a word, at least to the start and the end of its line. */
export interface Surroundings {
  readonly before: string;
  readonly after: string;
}

/** The values of the `autocapitalize` attribute. */
export type Capitals = 'none' | 'sentences' | 'words' | 'characters';

export interface SpacingRules {
  /** Sets a no-break space before `;`, `:`, `!`, `?` and `»` where they are separate words. */
  readonly french: boolean;
  readonly capitals: Capitals;
}

export interface Spacing {
  /** The word with the spaces it needs around it. */
  readonly text: string;
  /** How many characters before the word are replaced, such as the space before a comma. */
  readonly eat: number;
}

/** Attached to the previous word. A full stop only if it stands alone, because `.5` is a number. */
const CLOSING = /^(?:[,;:!?…)\]}»”]|\.+$)/u;
/** Followed by no space. An apostrophe elides only after short French words: `l’`, `qu’`. */
const OPENING = /[([{“‘¿¡@#/—-]$|(?:^|[^\p{L}'’])(?:[cdjlmnst]|(?:jus|lors|puis|quoi)?qu)['’]$/iu;
/** May follow a word without a space. */
const FOLLOWING = /^[\s,.;:!?…)\]}»”’'%–—/-]/u;
/** The start of a text, line or sentence, with any opening punctuation after it. Three dots do not end a sentence. */
const SENTENCE_START = /(?:^|\n|(?<!\.)[.!?]["'”’»)\]]*\s*)["“«‘¿¡([\s]*$/u;

const FRENCH_SPACE: Readonly<Record<string, string>> = {
  ';': '\u202f',
  '!': '\u202f',
  '?': '\u202f',
  ':': '\u00a0',
  '»': '\u00a0',
};

/**
 * The word as it is inserted between `before` and `after`. Only its first letter may be capitalised; no letter is changed to
 * lower case, because the word may be a name.
 */
export function spaced(word: string, { before, after }: Surroundings, { french, capitals }: SpacingRules): Spacing {
  const raised = capitalised(word, before, capitals);
  const trailing = after === '' || FOLLOWING.test(after) || closesQuote(after, before) ? '' : ' ';
  if (CLOSING.test(word) && before.trim() !== '') {
    const space = french ? (FRENCH_SPACE[word.charAt(0)] ?? '') : '';
    return { text: `${space}${raised}${trailing}`, eat: /[ \u00a0\u202f]$/u.test(before) ? 1 : 0 };
  }
  return { text: `${leading(before, french)}${raised}${trailing}`, eat: 0 };
}

function leading(before: string, french: boolean): string {
  if (before.endsWith('«')) return french ? '\u00a0' : '';
  if (before === '' || /\s$/u.test(before) || OPENING.test(before)) return '';
  return before.endsWith('"') && quoteIsOpen(before) ? '' : ' ';
}

function closesQuote(after: string, before: string): boolean {
  return after.startsWith('"') && quoteIsOpen(before);
}

function quoteIsOpen(text: string): boolean {
  return text.split('"').length % 2 === 0;
}

function capitalised(word: string, before: string, capitals: Capitals): string {
  if (capitals === 'characters') return word.toUpperCase();
  const wanted = capitals === 'words' || (capitals === 'sentences' && SENTENCE_START.test(before));
  const [first = '', ...rest] = word;
  // Words with capitals inside, such as iPhone, are left alone.
  return wanted && !/\p{Lu}/u.test(rest.join('')) ? first.toUpperCase() + rest.join('') : word;
}
