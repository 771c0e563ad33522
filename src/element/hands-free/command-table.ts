/** The element's own spoken commands in English and French, merged with those of the page. */
import type { SpokenCommand, SpokenCommands } from './port.js';

/** By phrase, as `phraseOf` writes it. */
export type CommandTable = ReadonlyMap<string, SpokenCommand>;

interface Language {
  readonly commands: Readonly<Record<string, SpokenCommand>>;
  /** After one of these words a phrase is meant as it is: "a comma", "un point". */
  readonly articles: readonly string[];
}

const command = (name: string, text: string): SpokenCommand => ({ name, text });
const SCRATCH: SpokenCommand = { name: 'scratch', scratch: true };

const OWN: Readonly<Record<string, Language>> = {
  en: {
    commands: {
      comma: command('comma', ','),
      'full stop': command('full-stop', '.'),
      period: command('full-stop', '.'),
      'question mark': command('question-mark', '?'),
      'exclamation mark': command('exclamation-mark', '!'),
      'exclamation point': command('exclamation-mark', '!'),
      colon: command('colon', ':'),
      semicolon: command('semicolon', ';'),
      'new line': command('new-line', '\n'),
      newline: command('new-line', '\n'),
      'new paragraph': command('new-paragraph', '\n\n'),
      'scratch that': SCRATCH,
    },
    articles: ['a', 'an', 'the', 'each', 'every'],
  },
  fr: {
    // As in the French texts: a narrow no-break space before high punctuation, a no-break space before a colon.
    commands: {
      virgule: command('comma', ','),
      point: command('full-stop', '.'),
      "point d'interrogation": command('question-mark', '\u202f?'),
      "point d'exclamation": command('exclamation-mark', '\u202f!'),
      'deux points': command('colon', '\u00a0:'),
      'point virgule': command('semicolon', '\u202f;'),
      'à la ligne': command('new-line', '\n'),
      'nouvelle ligne': command('new-line', '\n'),
      'nouveau paragraphe': command('new-paragraph', '\n\n'),
      'efface ça': SCRATCH,
      'annule ça': SCRATCH,
    },
    articles: ['un', 'une', 'le', 'la', 'les', 'des', 'du', 'au', 'ce', 'cette', 'chaque'],
  },
};

/** The commands of the first of `languages` that has any. @param languages primary subtags, such as `fr` */
export function tableFor(languages: readonly string[], own: SpokenCommands | null | undefined): CommandTable {
  const language = languageFor(languages, own);
  const changes = own?.[language] ?? {};
  const table = new Map<string, SpokenCommand>('*' in changes ? [] : Object.entries(OWN[language]?.commands ?? {}));
  for (const [phrase, change] of Object.entries(changes)) {
    if (change) table.set(phraseOf(phrase), change);
    else table.delete(phraseOf(phrase));
  }
  table.delete('');
  return table;
}

export function articlesFor(languages: readonly string[], own: SpokenCommands | null | undefined): readonly string[] {
  return OWN[languageFor(languages, own)]?.articles ?? [];
}

function languageFor(languages: readonly string[], own: SpokenCommands | null | undefined): string {
  return languages.find((language) => language in OWN || (own && language in own)) ?? 'en';
}

/** A word or a phrase without capitals and punctuation, which the model writes itself. Hyphens are spaces. */
export function phraseOf(text: string): string {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\u2018\u2019\u02bc]/g, "'")
    .replace(/[-\u2010\u2011]/g, ' ')
    .replace(/[^\p{L}\p{M}\p{N}' ]+/gu, '')
    .replace(/ +/g, ' ')
    .trim();
}
