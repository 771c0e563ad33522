/** Formats words with times as caption files: WebVTT and SubRip. */

/** The part of a word that a cue needs; a transcript's words qualify. */
export interface CueWord {
  readonly text: string;
  /** Seconds. */
  readonly start: number;
  /** Seconds; omitted, or not after `start`, if the end is unknown. */
  readonly end?: number;
}

/** The words between two turns. A cue never spans two utterances. */
export type CueUtterance = readonly CueWord[];

export interface Cue {
  /** Whole milliseconds; not before the end of the previous cue. */
  readonly start: number;
  readonly end: number;
  readonly lines: readonly string[];
  readonly words: readonly CueWord[];
}

/** Usual limits for subtitles: two lines of 42 characters, seven seconds. */
const MAX_LINES = 2;
const MAX_LINE_CHARACTERS = 42;
const MAX_CUE_SECONDS = 7;
/** A silence this long ends a cue. */
const PAUSE_SECONDS = 0.8;
/** A cue lasts at least this long if the next one allows, so that a single short word can be read. */
const MIN_CUE_SECONDS = 0.7;
const SENTENCE_END = /[.!?…]["'»”’)]*$/u;

/** A WebVTT file with the words of `utterances`; only the header if there are none. */
export function toVTT(utterances: readonly CueUtterance[]): string {
  const blocks = toCues(utterances).map(
    ({ start, end, lines }) =>
      `${timestamp(start, '.')} --> ${timestamp(end, '.')}\n${lines.map(escapeVTT).join('\n')}\n`,
  );
  return ['WEBVTT\n', ...blocks].join('\n');
}

/** A SubRip (.srt) file with the words of `utterances`; empty if there are none. */
export function toSRT(utterances: readonly CueUtterance[]): string {
  return toCues(utterances)
    .map(
      ({ start, end, lines }, index) =>
        `${index + 1}\n${timestamp(start, ',')} --> ${timestamp(end, ',')}\n${lines.map(escapeSRT).join('\n')}\n`,
    )
    .join('\n');
}

/** Splits utterances into cues of one or two lines. Words added at the end change only the last cue. */
export function toCues(utterances: readonly CueUtterance[]): Cue[] {
  const groups = utterances.flatMap(split);
  const result: Cue[] = [];
  let free = 0;
  groups.forEach((group, index) => {
    const start = Math.max(milliseconds(group.words[0]?.start ?? 0), free);
    const next = groups[index + 1]?.words[0];
    const limit = next ? Math.max(milliseconds(next.start), start + 1) : Number.POSITIVE_INFINITY;
    const spoken = Math.max(milliseconds(endOf(group.words)), start + milliseconds(MIN_CUE_SECONDS));
    free = Math.min(spoken, limit);
    result.push({ start, end: free, lines: group.lines, words: group.words });
  });
  return result;
}

/** A cue that is being assembled. */
interface Group {
  readonly words: CueWord[];
  lines: readonly string[];
}

/** Splits one utterance at pauses, at ends of sentences, and where a cue would be too long. */
function split(utterance: CueUtterance): Group[] {
  const groups: Group[] = [];
  let open: Group | undefined;
  for (const word of utterance) {
    const text = word.text.replace(/\s+/g, ' ').trim();
    if (text === '') continue;
    if (open && breaksBefore(word, open.words)) open = undefined;
    let lines = wrap(open?.lines ?? [], text);
    if (open && lines.length > MAX_LINES) {
      open = undefined;
      lines = wrap([], text);
    }
    // A single word that exceeds a cue is spread over several cues.
    for (; lines.length > MAX_LINES; lines = lines.slice(MAX_LINES)) {
      groups.push({ words: [word], lines: lines.slice(0, MAX_LINES) });
    }
    if (!open) groups.push((open = { words: [], lines: [] }));
    open.words.push(word);
    open.lines = lines;
  }
  return groups;
}

function breaksBefore(word: CueWord, said: readonly CueWord[]): boolean {
  const [first, last] = [said[0], said.at(-1)];
  if (!first || !last) return false;
  return (
    SENTENCE_END.test(last.text) ||
    word.start - endOf(said) >= PAUSE_SECONDS ||
    (word.end ?? word.start) - first.start > MAX_CUE_SECONDS
  );
}

/** Appends `text` to `lines`, on the last line if it fits. A word longer than a line is split. */
function wrap(lines: readonly string[], text: string): string[] {
  const last = lines.at(-1);
  if (last !== undefined && length(last) + 1 + length(text) <= MAX_LINE_CHARACTERS) {
    return [...lines.slice(0, -1), `${last} ${text}`];
  }
  const characters = Array.from(text);
  const pieces: string[] = [];
  for (let from = 0; from < characters.length; from += MAX_LINE_CHARACTERS) {
    pieces.push(characters.slice(from, from + MAX_LINE_CHARACTERS).join(''));
  }
  return [...lines, ...pieces];
}

const length = (text: string): number => Array.from(text).length;

function endOf(words: readonly CueWord[]): number {
  const last = words.at(-1);
  return last ? Math.max(last.start, last.end ?? last.start) : 0;
}

const milliseconds = (seconds: number): number => Math.max(0, Math.round(seconds * 1000));

function timestamp(ms: number, separator: '.' | ','): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const [hours, minutes, seconds] = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1000) % 60];
  return `${two(hours)}:${two(minutes)}:${two(seconds)}${separator}${String(ms % 1000).padStart(3, '0')}`;
}

/** In a cue, `-->` would end it, and `<` or `&` would start markup. */
export const escapeVTT = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/** SubRip has no escapes: a line with `-->` would be read as a timing line, so it becomes an arrow character. */
const escapeSRT = (text: string): string => text.replace(/-->/g, '→');
