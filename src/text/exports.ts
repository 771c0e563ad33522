/** Writes a transcript as plain text, WebVTT, SubRip, JSON or Markdown. */
import { clockTime } from './clock-time.js';
import { toSRT, toVTT, type CueWord } from './cues.js';

/** Each is also the extension of its files. */
export const EXPORT_FORMS = ['txt', 'vtt', 'srt', 'json', 'md'] as const;
export type ExportForm = (typeof EXPORT_FORMS)[number];

export interface ExportWord extends CueWord {
  /** 0 … 1 */
  readonly confidence?: number;
}

/** The words between two pauses; a transcript's utterances qualify. */
export interface ExportUtterance {
  readonly words: readonly ExportWord[];
  readonly speaker?: string;
}

export interface ExportOptions {
  /** Whether plain text and Markdown give the time of each utterance. Default: only Markdown does. */
  readonly times?: boolean | undefined;
  /** Of the media, in seconds: no caption ends after it. */
  readonly duration?: number | undefined;
  /** The heading of a Markdown file; default none. */
  readonly title?: string | undefined;
}

export interface ExportJson {
  readonly text: string;
  readonly utterances: readonly object[];
  readonly words: readonly object[];
}

/** The whole file, with a line break at its end unless it is empty. */
export function exportAs(
  form: ExportForm,
  utterances: readonly ExportUtterance[],
  options: ExportOptions = {},
): string {
  switch (form) {
    case 'txt':
      return toText(utterances, options);
    case 'vtt':
      return toVTT(utterances, options.duration);
    case 'srt':
      return toSRT(utterances, options.duration);
    case 'json':
      return `${JSON.stringify(toJSON(utterances), null, 2)}\n`;
    case 'md':
      return toMarkdown(utterances, options);
  }
}

/** All words with their times; `speaker` and `confidence` only where they are known. */
export function toJSON(utterances: readonly ExportUtterance[]): ExportJson {
  const spoken = withWords(utterances);
  return {
    text: spoken.map(({ words }) => textOf(words)).join(' '),
    utterances: spoken.map(({ words, speaker }) => ({
      text: textOf(words),
      start: words[0]?.start,
      end: words.at(-1)?.end,
      speaker,
    })),
    words: spoken.flatMap(({ words, speaker }) =>
      words.map(({ text, start, end, confidence }) => ({ text, start, end, confidence, speaker })),
    ),
  };
}

/** A line for each utterance: `[0:05] Me: hello`. */
function toText(utterances: readonly ExportUtterance[], { times = false }: ExportOptions): string {
  return withWords(utterances)
    .map(({ words, speaker }) => {
      const time = times ? `[${timeOf(words)}] ` : '';
      return `${time}${speaker ? `${oneLine(speaker)}: ` : ''}${oneLine(textOf(words))}\n`;
    })
    .join('');
}

/** A paragraph for each utterance, after its time and its speaker: `**0:05 · Me:** hello`. */
function toMarkdown(utterances: readonly ExportUtterance[], { times = true, title }: ExportOptions): string {
  const paragraphs = withWords(utterances).map(({ words, speaker }) => {
    const who = speaker ? `${escapeMarkdown(oneLine(speaker))}:` : '';
    const label = [...(times ? [timeOf(words)] : []), ...(who ? [who] : [])].join(' · ');
    const text = escapeMarkdown(oneLine(textOf(words)));
    return label ? `**${label}** ${text}\n` : `${escapeBlock(text)}\n`;
  });
  const heading = title === undefined ? [] : [`# ${escapeMarkdown(oneLine(title))}\n`];
  return [...heading, ...paragraphs].join('\n');
}

const withWords = (utterances: readonly ExportUtterance[]): readonly ExportUtterance[] =>
  utterances.filter(({ words }) => words.length > 0);

const textOf = (words: readonly CueWord[]): string => words.map(({ text }) => text).join(' ');

const timeOf = (words: readonly CueWord[]): string => clockTime(words[0]?.start ?? 0);

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** Every character that may start markup inside a line of CommonMark or GitHub's Markdown. */
const escapeMarkdown = (text: string): string => text.replace(/[\\`*_{}[\]<>#|~&$]/g, '\\$&');

/** At the start of a line `-`, `+`, `=` and a number with `.` or `)` make lists and headings, too. */
const escapeBlock = (text: string): string => text.replace(/^[-+=]/, '\\$&').replace(/^(\d+)([.)])/, '$1\\$2');
