/** Scores transcripts: error counts of each utterance and of the whole set, under one normaliser. */
import { addEdits, countEdits, errorRate, errorsIn, NO_EDITS, type EditCounts } from '../../text/edit-counts.js';
import { normaliser, type NormaliserName } from './normaliser.js';

/** An utterance, its texts as they were written and recognised. */
export interface Transcript {
  readonly id: string;
  readonly reference: string;
  readonly hypothesis: string;
}

export interface ScoredUtterance extends Transcript {
  /** Both texts as they are compared. */
  readonly normalised: { readonly reference: string; readonly hypothesis: string };
  readonly words: EditCounts;
  readonly characters: EditCounts;
}

export interface Score {
  readonly normaliser: NormaliserName;
  readonly words: EditCounts;
  /** Spaces between words count. */
  readonly characters: EditCounts;
  readonly utterances: readonly ScoredUtterance[];
}

export function score(transcripts: readonly Transcript[], name: NormaliserName): Score {
  const normalise = normaliser(name);
  const utterances = transcripts.map(({ id, reference, hypothesis }): ScoredUtterance => {
    const normalised = { reference: normalise(reference), hypothesis: normalise(hypothesis) };
    const edits = (split: (text: string) => string[]): EditCounts =>
      countEdits(split(normalised.reference), split(normalised.hypothesis));
    return { id, reference, hypothesis, normalised, words: edits(wordsOf), characters: edits(Array.from) };
  });
  return {
    normaliser: name,
    words: utterances.reduce((sum, { words }) => addEdits(sum, words), NO_EDITS),
    characters: utterances.reduce((sum, { characters }) => addEdits(sum, characters), NO_EDITS),
    utterances,
  };
}

/** At most `count` utterances with errors: those with the most word errors first, of equals the higher rate. */
export function worst({ utterances }: Score, count: number): ScoredUtterance[] {
  const rate = ({ words }: ScoredUtterance): number => errorRate(words) ?? Infinity;
  return utterances
    .filter(({ words }) => errorsIn(words) > 0)
    .sort((a, b) => errorsIn(b.words) - errorsIn(a.words) || rate(b) - rate(a))
    .slice(0, count);
}

/** Of a text whose words are separated by single spaces. */
export function wordsOf(text: string): string[] {
  return text === '' ? [] : text.split(' ');
}
