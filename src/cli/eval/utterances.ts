/** Finds the utterances of a test set: audio files and what was said in them. */
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { SttError } from '../../errors.js';
import { DECODED_ENDING } from '../audio/audio-names.js';
import { counted } from '../counted.js';
import { objectIn } from './object-in.js';

export interface Utterance {
  /** The audio's path, relative to the set, with forward slashes. */
  readonly id: string;
  readonly audio: string;
  readonly reference: string;
}

export interface TestSet {
  readonly utterances: readonly Utterance[];
  /** Texts that cannot be read. */
  readonly problems: readonly { readonly id: string; readonly error: SttError }[];
  /** Audio files without a text, as ids. */
  readonly withoutText: readonly string[];
}

/** LibriSpeech's texts: a line for each audio file of the folder, its name without the extension and the text. */
const TRANSCRIPTS = /\.trans\.txt$/i;

/** Names of a list's columns or fields: Common Voice, datasets of the Hugging Face hub, NeMo. */
const AUDIO_COLUMNS = ['audio', 'path', 'file', 'file_name', 'audio_filepath'];
const TEXT_COLUMNS = ['text', 'sentence', 'transcript', 'transcription'];

/**
 * The set at `path`: a folder with LibriSpeech's `.trans.txt` files or with a `.txt` beside each audio file, subfolders
 * included, or a `.tsv` or `.jsonl` list of audio files and texts. Rejects with `invalid-argument` if there is none.
 */
export async function findUtterances(path: string): Promise<TestSet> {
  const found = await stat(path).catch((cause: unknown) => {
    throw SttError.from(cause, path, 'invalid-argument');
  });
  const set = found.isDirectory() ? await inFolder(path) : await inList(path);
  if (set.utterances.length > 0 || set.problems.length > 0) return set;
  const few =
    set.withoutText.length > 0
      ? `found ${counted(set.withoutText.length, 'audio file')} without a text`
      : 'found no utterances';
  const expected = found.isDirectory()
    ? 'expected audio files with .trans.txt files or with a .txt of the same name'
    : 'expected a line for each audio file';
  throw new SttError('invalid-argument', `${path}: ${few}, ${expected}`);
}

async function inFolder(root: string): Promise<TestSet> {
  const utterances: Utterance[] = [];
  const problems: { id: string; error: SttError }[] = [];
  const withoutText: string[] = [];
  const idOf = (path: string): string => relative(root, path).split(sep).join('/');
  const textIn = async (path: string): Promise<string | undefined> =>
    readText(path).catch((cause: unknown) => {
      problems.push({ id: idOf(path), error: SttError.from(cause, path) });
      return undefined;
    });
  const visit = async (folder: string): Promise<void> => {
    const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
    const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
    const audios = names.filter((name) => DECODED_ENDING.test(name));
    const taken = new Set<string>();
    for (const name of names.filter((each) => TRANSCRIPTS.test(each))) {
      const text = await textIn(join(folder, name));
      for (const line of linesOf(text ?? '')) {
        const [stem, reference] = split(line, /\s+/);
        // An audio file that is missing is reported when it is opened.
        const audio = audios.find((each) => each.replace(DECODED_ENDING, '') === stem) ?? `${stem}.flac`;
        taken.add(audio);
        utterances.push({ id: idOf(join(folder, audio)), audio: join(folder, audio), reference });
      }
    }
    for (const name of audios.filter((each) => !taken.has(each))) {
      const beside = name.replace(DECODED_ENDING, '.txt');
      const id = idOf(join(folder, name));
      if (names.includes(beside)) {
        const reference = await textIn(join(folder, beside));
        if (reference !== undefined) utterances.push({ id, audio: join(folder, name), reference });
      } else withoutText.push(id);
    }
    for (const entry of entries.filter((each) => each.isDirectory())) await visit(join(folder, entry.name));
  };
  await visit(root);
  refuseRepeated(root, utterances);
  return { utterances, problems, withoutText };
}

async function inList(path: string): Promise<TestSet> {
  const rowsOf = /\.jsonl$/i.test(path) ? rowsOfJson : /\.tsv$/i.test(path) ? rowsOfTsv : undefined;
  if (!rowsOf) throw new SttError('invalid-argument', `${path}: expected a folder, a .tsv or a .jsonl file`);
  const folder = dirname(resolve(path));
  const utterances = rowsOf(path, await readText(path)).map(({ audio, text }): Utterance => {
    const direct = resolve(folder, audio);
    // Common Voice keeps the files that a list names in a folder beside it.
    const inClips = resolve(folder, 'clips', audio);
    return {
      id: relative(folder, direct).split(sep).join('/'),
      audio: !existsSync(direct) && existsSync(inClips) ? inClips : direct,
      reference: text,
    };
  });
  refuseRepeated(path, utterances);
  return { utterances, problems: [], withoutText: [] };
}

interface Row {
  readonly audio: string;
  readonly text: string;
}

/** With a first line that names the columns, or two columns: audio, text. */
function rowsOfTsv(path: string, text: string): Row[] {
  const lines = text.split(/\r?\n/);
  const header = (lines[0] ?? '').split('\t').map((name) => name.trim().toLowerCase());
  const at = (names: readonly string[]): number => header.findIndex((name) => names.includes(name));
  const isNamed = at(AUDIO_COLUMNS) >= 0 && at(TEXT_COLUMNS) >= 0;
  const [audioAt, textAt] = isNamed ? [at(AUDIO_COLUMNS), at(TEXT_COLUMNS)] : [0, 1];
  return lines.flatMap((line, i) => {
    if (line.trim() === '' || (i === 0 && isNamed)) return [];
    const cells = line.split('\t');
    const [audio, reference] = [cells[audioAt]?.trim(), cells[textAt]];
    if (audio && reference !== undefined && (isNamed || cells.length === 2)) return [{ audio, text: reference }];
    const expected = isNamed ? `the columns ${header[audioAt]} and ${header[textAt]}` : 'two: audio and text';
    throw new SttError(
      'invalid-argument',
      `${path}, line ${i + 1}: found ${counted(cells.length, 'column')} separated by tabs, expected ${expected}`,
    );
  });
}

function rowsOfJson(path: string, text: string): Row[] {
  return text.split(/\r?\n/).flatMap((line, i) => {
    if (line.trim() === '') return [];
    const row = objectIn(line);
    const field = (names: readonly string[]): unknown =>
      names.map((name) => row?.[name]).find((value) => value !== undefined);
    const [audio, reference] = [field(AUDIO_COLUMNS), field(TEXT_COLUMNS)];
    if (typeof audio === 'string' && audio !== '' && typeof reference === 'string') return [{ audio, text: reference }];
    throw new SttError('invalid-argument', `${path}, line ${i + 1}: expected an object with "audio" and "text"`);
  });
}

/** Results are kept by id, and an utterance that counts twice would be a mistake of the list. */
function refuseRepeated(path: string, utterances: readonly Utterance[]): void {
  const seen = new Set<string>();
  for (const { id } of utterances) {
    if (seen.has(id)) throw new SttError('invalid-argument', `${path}: found two texts for ${id}, expected one`);
    seen.add(id);
  }
}

/** Rejects with `invalid-argument` if the file is not UTF-8, as old French texts may be. */
async function readText(path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw SttError.from(cause, path, 'invalid-argument');
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SttError('invalid-argument', `${path}: found bytes that are not UTF-8, expected a text in UTF-8`, {
      cause,
    });
  }
}

const linesOf = (text: string): string[] => text.split(/\r?\n/).filter((line) => line.trim() !== '');

/** Before and after the first match. */
function split(line: string, separator: RegExp): [string, string] {
  const trimmed = line.trim();
  const match = separator.exec(trimmed);
  return match ? [trimmed.slice(0, match.index), trimmed.slice(match.index + match[0].length)] : [trimmed, ''];
}
