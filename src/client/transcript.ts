/** Builds utterances from a stream's events. The model only appends; a `TranscriptEdit` of the page may change earlier words. */
import type { TranscriptEvent } from '../protocol/stream-events.js';

/** One finished word. Times are seconds on the stream's clock. */
export interface Word {
  readonly text: string;
  readonly start: number;
  /** Where the word's speech ends. Provisional until the next word or the pause after it is known; then exact. */
  readonly end: number;
  /** 0 … 1: the model's probability of the word; absent if the model gives none. */
  readonly confidence?: number;
}

/** The words between two pauses. */
export interface Utterance {
  /** Counts up from 1 within a stream, across its lanes; does not change while the utterance grows. */
  readonly id: number;
  /** The words, joined by spaces. */
  readonly text: string;
  readonly words: readonly Word[];
  /** True once no further word can join. */
  readonly isFinal: boolean;
  /** Seconds: the first word's start. */
  readonly start: number;
  /** Seconds: the last word's end. */
  readonly end: number;
  /** The label of the lane that said it; absent where there are no lanes. */
  readonly speaker?: string;
  /** The position of that lane in `lanes`, from 0. */
  readonly lane?: number;
  /** It begins a paragraph: an empty line precedes it in `transcript`. Set by the spoken command "new paragraph". */
  readonly paragraph?: true;
}

/** The unfinished last word: it may grow before it becomes a word with the same start. */
export interface Interim {
  readonly text: string;
  readonly start: number;
  /** As in `Utterance`. */
  readonly speaker?: string;
  readonly lane?: number;
}

export interface Transcript {
  readonly utterances: readonly Utterance[];
  readonly interim: Interim | undefined;
  /** Counts of the utterances and words that were removed; ids and word indices continue after them. */
  readonly forgotten: { readonly utterances: number; readonly words: number };
}

/** A change of earlier words, by a command or by the visitor. */
export interface TranscriptEdit {
  readonly type: 'edit';
  readonly apply: (transcript: Transcript) => Transcript;
}

export const EMPTY_TRANSCRIPT: Transcript = {
  utterances: [],
  interim: undefined,
  forgotten: { utterances: 0, words: 0 },
};

/** The transcript after `event`; the same object if nothing changed. Untouched utterances keep their identity. */
export function append(transcript: Transcript, event: TranscriptEvent): Transcript {
  switch (event.type) {
    case 'partial':
      return { ...transcript, interim: { text: event.text, start: event.start } };
    case 'word': {
      const { text, start, end, confidence } = event.word;
      const word: Word = confidence === undefined ? { text, start, end } : { text, start, end, confidence };
      return { ...transcript, utterances: withWord(transcript, word), interim: undefined };
    }
    case 'word-end':
      return withEnd(transcript, event.index, event.end);
    case 'final':
      return { ...transcript, utterances: finalised(transcript.utterances) };
  }
}

/** The transcript after the end of the stream, whatever the cause: the last utterance is final, no word is unfinished. */
export function close(transcript: Transcript): Transcript {
  return { ...transcript, utterances: finalised(transcript.utterances), interim: undefined };
}

/** An empty transcript that continues the stream's numbering; the unfinished word stays. */
export function cleared({ utterances, interim, forgotten }: Transcript): Transcript {
  return {
    utterances: [],
    interim,
    forgotten: {
      utterances: forgotten.utterances + utterances.length,
      words: forgotten.words + countWords(utterances),
    },
  };
}

/** What an edit has changed: removed utterances, which have no words any more, then those with other words. */
export function changesBetween(before: Transcript, after: Transcript): Utterance[] {
  if (before.utterances === after.utterances) return [];
  const known = new Set(before.utterances);
  const ids = new Set(after.utterances.map(({ id }) => id));
  return [
    ...before.utterances
      .filter(({ id }) => !ids.has(id))
      .map((gone) => ({ ...gone, text: '', words: [], isFinal: true })),
    ...after.utterances.filter((utterance) => !known.has(utterance)),
  ];
}

/** Every word of the transcript, in order. */
export function wordsOf(transcript: Transcript): Word[] {
  return transcript.utterances.flatMap((utterance) => [...utterance.words]);
}

/** The utterances' texts, one line each, after the speaker's label where there are lanes. */
export function textOf(transcript: Transcript): string {
  return transcript.utterances
    .map(({ speaker, text, paragraph }, index) => {
      const emptyLine = paragraph && index > 0 ? '\n' : '';
      return `${emptyLine}${speaker ? `${speaker}: ` : ''}${text}`;
    })
    .join('\n');
}

function utterance(id: number, words: readonly Word[], isFinal: boolean): Utterance {
  return {
    id,
    text: words.map((word) => word.text).join(' '),
    words,
    isFinal,
    start: words[0]?.start ?? 0,
    end: words.at(-1)?.end ?? 0,
  };
}

function withWord({ utterances, forgotten }: Transcript, word: Word): Utterance[] {
  const last = utterances.at(-1);
  if (!last || last.isFinal)
    return [...utterances, utterance(forgotten.utterances + utterances.length + 1, [word], false)];
  return [...utterances.slice(0, -1), { ...last, ...utterance(last.id, [...last.words, word], false) }];
}

/** `index` counts the words of the whole stream; the word is nearly always in the last utterance. */
function withEnd(transcript: Transcript, index: number, end: number): Transcript {
  let first = transcript.forgotten.words + countWords(transcript.utterances);
  for (let u = transcript.utterances.length - 1; u >= 0; u--) {
    const found = transcript.utterances[u];
    if (!found) return transcript;
    first -= found.words.length;
    if (index < first) continue;
    if (index - first >= found.words.length) return transcript;
    const words = found.words.map((word, w) =>
      w === index - first ? { ...word, end: Math.max(end, word.start) } : word,
    );
    const utterances = transcript.utterances.slice();
    utterances[u] = { ...found, ...utterance(found.id, words, found.isFinal) };
    return { ...transcript, utterances };
  }
  return transcript;
}

function countWords(utterances: readonly Utterance[]): number {
  return utterances.reduce((count, { words }) => count + words.length, 0);
}

function finalised(utterances: readonly Utterance[]): readonly Utterance[] {
  const last = utterances.at(-1);
  return !last || last.isFinal ? utterances : [...utterances.slice(0, -1), { ...last, isFinal: true }];
}
