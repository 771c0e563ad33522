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
export type CueUtterance = readonly CueWord[] | SpokenUtterance;

/** With who said them: a transcript's utterances qualify. */
export interface SpokenUtterance {
  readonly words: readonly CueWord[];
  readonly speaker?: string;
}

export interface Cue {
  /** Whole milliseconds; not before the end of the speaker's previous cue. */
  readonly start: number;
  readonly end: number;
  readonly lines: readonly string[];
  readonly words: readonly CueWord[];
  readonly speaker: string;
}

/** Usual limits for subtitles: two lines of 42 characters, one to seven seconds. */
const MAX_LINES = 2;
const MAX_LINE_CHARACTERS = 42;
const MIN_CUE_SECONDS = 1;
const MAX_CUE_SECONDS = 7;
/** A silence this long ends a cue, if the cue can then be shown for `MIN_CUE_SECONDS`. */
const PAUSE_SECONDS = 0.6;
/** A cue begins at most this long after its first word, so that a short one before it can be read. */
const MAX_DELAY_SECONDS = 1;
const SENTENCE_END = /[.!?…]["'»”’)]*$/u;

/**
 * A WebVTT file with the words of `utterances`, in the voice of their speaker; only the header if there are none.
 * @param duration of the media, in seconds: no cue ends after it
 */
export function toVTT(utterances: readonly CueUtterance[], duration?: number): string {
  const blocks = toCues(utterances, duration).map(({ start, end, lines, speaker }) => {
    const voice = speaker && `<v ${escapeVTT(speaker)}>`;
    return `${timestamp(start, '.')} --> ${timestamp(end, '.')}\n${voice}${lines.map(escapeVTT).join('\n')}\n`;
  });
  return ['WEBVTT\n', ...blocks].join('\n');
}

/**
 * A SubRip (.srt) file with the words of `utterances`; empty if there are none. SubRip knows no speakers: their labels are
 * part of the text.
 * @param duration as for `toVTT`
 */
export function toSRT(utterances: readonly CueUtterance[], duration?: number): string {
  return toCues(utterances, duration, (speaker) => `${speaker}: `)
    .map(
      ({ start, end, lines }, index) =>
        `${index + 1}\n${timestamp(start, ',')} --> ${timestamp(end, ',')}\n${lines.map(escapeSRT).join('\n')}\n`,
    )
    .join('\n');
}

/**
 * Splits utterances into cues of one or two lines. Words added at the end change only the last cue, and the end of the one
 * before. Cues of different speakers may overlap, as their words do.
 * @param label what precedes a speaker's cue, in its text
 */
export function toCues(
  utterances: readonly CueUtterance[],
  duration?: number,
  label: (speaker: string) => string = () => '',
): Cue[] {
  const spoken = utterances.map((each) => ('words' in each ? each : { words: each }));
  const speakers = new Set(spoken.map(({ speaker = '' }) => speaker));
  const cues = [...speakers].flatMap((speaker) => {
    const own = spoken.filter((each) => (each.speaker ?? '') === speaker);
    const groups = own.flatMap(({ words }) => splitCues(words, speaker && label(speaker)));
    const times = cueTimes(groups, duration);
    return groups.map(({ lines, words }, index) => ({
      ...(times[index] ?? { start: 0, end: 1 }),
      lines,
      words,
      speaker,
    }));
  });
  return speakers.size > 1 ? cues.sort((a, b) => a.start - b.start) : cues;
}

/** When each cue is shown, in whole milliseconds: in order, without overlaps, and never after the end of the media. */
export function cueTimes(
  groups: readonly CueGroup[],
  duration = Number.POSITIVE_INFINITY,
): { readonly start: number; readonly end: number }[] {
  const [shortest, longest, delay] = [MIN_CUE_SECONDS, MAX_CUE_SECONDS, MAX_DELAY_SECONDS].map(milliseconds) as [
    number,
    number,
    number,
  ];
  const last = duration > 0 ? Math.floor(duration * 1000) : Number.POSITIVE_INFINITY;
  let free = 0;
  return groups.map(({ words }, index) => {
    const next = groups[index + 1]?.words[0];
    // Near the end of the media a cue begins earlier instead of being too short to read.
    const said = Math.min(milliseconds(words[0]?.start ?? 0), last - shortest);
    const start = Math.min(Math.max(said, free, 0), Math.max(0, last - 1));
    const readable = start + shortest;
    const begins = next ? Math.min(milliseconds(next.start), Math.max(0, last - shortest)) : Number.POSITIVE_INFINITY;
    const limit = begins >= readable ? begins : Math.max(begins, Math.min(readable, begins + delay), start + 1);
    const wanted = Math.min(Math.max(milliseconds(endOf(words)), readable), start + longest);
    free = Math.min(wanted, limit, Math.max(last, start + 1));
    return { start, end: free };
  });
}

/** The words and lines of a cue. */
export interface CueGroup {
  readonly words: readonly CueWord[];
  readonly lines: readonly string[];
}

/** A cue that is being assembled. */
interface OpenGroup extends CueGroup {
  readonly words: CueWord[];
  lines: readonly string[];
}

/**
 * Splits one utterance at pauses, at ends of sentences, and where a cue would be too long.
 * @param label begins the text of each cue
 */
export function splitCues(utterance: readonly CueWord[], label = ''): CueGroup[] {
  const groups: CueGroup[] = [];
  let open: OpenGroup | undefined;
  for (const word of utterance) {
    const text = word.text.replace(/\s+/g, ' ').trim();
    if (text === '') continue;
    if (open && breaksBefore(word, open.words)) open = undefined;
    let lines = open ? wrap(open.lines, text) : wrap([], label + text);
    if (open && lines.length > MAX_LINES) {
      open = undefined;
      lines = wrap([], label + text);
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
  if ((word.end ?? word.start) - first.start > MAX_CUE_SECONDS) return true;
  if (word.start - first.start < MIN_CUE_SECONDS) return false;
  return SENTENCE_END.test(last.text) || word.start - endOf(said) >= PAUSE_SECONDS;
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
