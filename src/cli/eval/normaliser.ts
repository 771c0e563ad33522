/**
 * What is no error: case, punctuation and notes such as [laughs]. The rules of appendix C of the Whisper paper (Radford et al.,
 * 2022), written from its text.
 */
import { asEnglish } from './english.js';

/**
 * `basic`: the paper's rules for every language but English. `english`: those for English, which also unify contractions,
 * titles, numbers and spellings. `none`: only white space is collapsed.
 */
export const NORMALISERS = ['basic', 'english', 'none'] as const;
export type NormaliserName = (typeof NORMALISERS)[number];

/** Words separated by single spaces. */
export type Normaliser = (text: string) => string;

/** In the text's own case and form; a note that is never closed is text. */
export function withoutNotes(text: string): string {
  return text.replace(/[<[][^>\]]*[>\]]/g, '').replace(/\([^)]*\)/g, '');
}

export function collapsed(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}

const basic: Normaliser = (text) =>
  collapsed(
    withoutNotes(text.toLowerCase())
      .normalize('NFKC')
      .replace(/[\p{M}\p{S}\p{P}]/gu, ' '),
  );

const english: Normaliser = (text) => collapsed(asEnglish(withoutNotes(text.toLowerCase())));

const BY_NAME: Readonly<Record<NormaliserName, Normaliser>> = { basic, english, none: collapsed };

export function normaliser(name: NormaliserName): Normaliser {
  return BY_NAME[name];
}
