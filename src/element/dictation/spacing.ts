/** Sets a heard word beside what is written: the space between them, and the capital a sentence begins with. */

/** What stands on either side of where a word goes; a line's worth is enough. */
export interface Surroundings {
  readonly before: string;
  readonly after: string;
}

/** As the `autocapitalize` attribute has them. */
export type Capitals = 'none' | 'sentences' | 'words' | 'characters';

export interface Manner {
  /** Sets a no-break space before `;`, `:`, `!`, `?` and `»` that were heard apart from their word. */
  readonly french: boolean;
  readonly capitals: Capitals;
}

export interface Spacing {
  /** The word with the spaces it needs around it. */
  readonly text: string;
  /** How many characters before it give way: a space before a comma. */
  readonly eat: number;
}

/** Belongs to the word before it. A full stop does only where it stands alone: `.5` is a number. */
const CLOSING = /^(?:[,;:!?…)\]}»”]|\.+$)/u;
/** What follows it, follows at once. An apostrophe elides only after French short words: `l’`, `qu’`. */
const OPENING = /[([{“‘¿¡@#/—-]$|(?:^|[^\p{L}'’])(?:[cdjlmnst]|(?:jus|lors|puis|quoi)?qu)['’]$/iu;
/** What may follow a word at once. */
const FOLLOWING = /^[\s,.;:!?…)\]}»”’'%–—/-]/u;
/** Nothing but what opens a sentence since the start, a line break, or a stop; three dots are no stop. */
const SENTENCE_START = /(?:^|\n|(?<!\.)[.!?]["'”’»)\]]*\s*)["“«‘¿¡([\s]*$/u;

const FRENCH_SPACE: Readonly<Record<string, string>> = {
  ';': '\u202f',
  '!': '\u202f',
  '?': '\u202f',
  ':': '\u00a0',
  '»': '\u00a0',
};

/**
 * The word as it is written between `before` and `after`. Its letters are the model's, but for a first one that is raised;
 * none is ever lowered, for it may begin a name.
 */
export function spaced(word: string, { before, after }: Surroundings, { french, capitals }: Manner): Spacing {
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
  // iPhone knows best how it is written.
  return wanted && !/\p{Lu}/u.test(rest.join('')) ? first.toUpperCase() + rest.join('') : word;
}
