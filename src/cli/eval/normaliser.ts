/**
 * What is no error: case, punctuation and notes such as [laughs]. The rules of appendix C of the Whisper paper (Radford et al.,
 * 2022), written from its text.
 */

/** `basic`: the paper's rules for every language but English. `none`: only white space is collapsed. */
export const NORMALISERS = ['basic', 'none'] as const;
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

const BY_NAME: Readonly<Record<NormaliserName, Normaliser>> = { basic, none: collapsed };

export function normaliser(name: NormaliserName): Normaliser {
  return BY_NAME[name];
}
