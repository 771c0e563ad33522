/** Words that are written in several ways in English. */
import { withDigits } from './english-numbers.js';
import { withAmericanSpelling } from './english-spelling.js';

const FILLERS = /\b(?:hmm|mm|mhm|mmm|uh|um)\b/g;

/** In this order: an irregular form before the general one. */
const CONTRACTIONS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/\bwon't\b/g, 'will not'],
  [/\bcan't\b/g, 'can not'],
  [/\bshan't\b/g, 'shall not'],
  [/\bain't\b/g, 'aint'], // am not, is not, has not
  [/\blet's\b/g, 'let us'],
  [/\by'all\b/g, 'you all'],
  [/\bma'am\b/g, 'madam'],
  [/\bwanna\b/g, 'want to'],
  [/\bgotta\b/g, 'got to'],
  [/\bgonna\b/g, 'going to'],
  [/\b(?:i'ma|imma)\b/g, 'i am going to'],
  [/\b(w|c|sh)oulda\b/g, '$1ould have'],
  [/'s (been|gone|got|done)\b/g, ' has $1'],
  [/'d (been|gone|done)\b/g, ' had $1'],
  [/n't\b/g, ' not'],
  [/'re\b/g, ' are'],
  [/'s\b/g, ' is'],
  [/'d\b/g, ' would'],
  [/'ll\b/g, ' will'],
  [/'t\b/g, ' not'],
  [/'ve\b/g, ' have'],
  [/'m\b/g, ' am'],
];

const TITLES: Readonly<Record<string, string>> = {
  mr: 'mister',
  mrs: 'missus',
  st: 'saint',
  dr: 'doctor',
  prof: 'professor',
  capt: 'captain',
  gov: 'governor',
  ald: 'alderman',
  gen: 'general',
  sen: 'senator',
  rep: 'representative',
  pres: 'president',
  rev: 'reverend',
  hon: 'honorable',
  asst: 'assistant',
  assoc: 'associate',
  lt: 'lieutenant',
  col: 'colonel',
  jr: 'junior',
  sr: 'senior',
  esq: 'esquire',
};
const TITLE = new RegExp(`\\b(?:${Object.keys(TITLES).join('|')})\\b`, 'g');

/** Letters that Unicode does not decompose into one without a mark. */
const LETTERS: Readonly<Record<string, string>> = {
  œ: 'oe',
  æ: 'ae',
  ø: 'o',
  ß: 'ss',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
};

/** @param text in lower case, without notes. The result may have runs of spaces. */
export function asEnglish(text: string): string {
  const plain = text.replace(FILLERS, '').replace(/’/g, "'").replace(/\s+'/g, "'");
  const whole = CONTRACTIONS.reduce((written, [pattern, to]) => written.replace(pattern, to), plain)
    .replace(TITLE, (title) => TITLES[title] ?? title)
    .replace(/(?<=\d),(?=\d)/g, '')
    .replace(/\.(?!\d)/g, ' ');
  const letters = whole
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .replace(/[œæøßłđðþ]/g, (letter) => LETTERS[letter] ?? letter)
    .replace(/(?![.%$¢€£])[\p{M}\p{S}\p{P}]/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
  return withAmericanSpelling(withDigits(letters))
    .replace(/[.$¢€£](?!\d)/g, ' ')
    .replace(/(?<!\d)%/g, ' ');
}
