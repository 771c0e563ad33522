/** Formats an evaluation for a terminal and as JSON. */
import type { SttError } from '../../errors.js';
import type { EngineInfo } from '../../protocol/model.js';
import { counted } from '../counted.js';
import { errorRate, errorsIn, type EditCounts } from '../../text/edit-counts.js';
import type { Result } from './results-file.js';
import { worst, type Score, type ScoredUtterance } from './score.js';

export interface Evaluation {
  /** The path of the set. */
  readonly set: string;
  readonly score: Score;
  readonly results: readonly Result[];
  readonly failures: readonly { readonly id: string; readonly error: SttError }[];
  readonly withoutText: readonly string[];
  readonly engine: EngineInfo;
  readonly fingerprint: string;
  readonly streams: number;
}

export function toJson(evaluation: Evaluation): object {
  const { set, score, results, failures, withoutText, engine, fingerprint, streams } = evaluation;
  const { audioSeconds, wallSeconds } = times(results);
  const seconds = new Map(results.map((result) => [result.id, result.audioSeconds]));
  return {
    format: 'kyutai-stt eval',
    version: 1,
    set,
    model: engine.model,
    instead: engine.instead,
    fingerprint,
    backend: engine.backend,
    build: engine.build,
    threads: engine.threads,
    fewerThreads: engine.fewerThreads,
    adapter: engine.adapter,
    fallback: engine.fallback,
    streams,
    normaliser: score.normaliser,
    wer: errorRate(score.words) ?? null,
    cer: errorRate(score.characters) ?? null,
    words: score.words,
    characters: score.characters,
    audioSeconds,
    wallSeconds,
    rtf: audioSeconds === 0 ? null : wallSeconds / audioSeconds,
    utterances: score.utterances.map(({ id, reference, hypothesis, words, characters }) => ({
      id,
      reference,
      hypothesis,
      wer: errorRate(words) ?? null,
      cer: errorRate(characters) ?? null,
      words,
      characters,
      audioSeconds: seconds.get(id),
    })),
    failures: failures.map(({ id, error }) => ({ id, error: error.toWire() })),
    withoutText,
  };
}

/** Ends with a newline. */
export function printed(evaluation: Evaluation, worstCount: number): string {
  const { score, results, failures, withoutText, engine, streams } = evaluation;
  const { audioSeconds, wallSeconds } = times(results);
  const factor = audioSeconds === 0 ? '-' : (wallSeconds / audioSeconds).toFixed(3);
  const threads = engine.threads === 1 ? '1 thread' : `${engine.threads} threads`;
  return [
    `WER  ${rateLine(score.words, 'word')}`,
    `CER  ${rateLine(score.characters, 'character')}`,
    `RTF  ${factor}: ${wallSeconds.toFixed(1)} s for ${audioSeconds.toFixed(1)} s of audio, ${counted(streams, 'stream')} at once`,
    '',
    `${counted(score.utterances.length, 'utterance')}, normaliser ${score.normaliser}, ${engine.model} on ${engine.backend} (${engine.build} build, ${threads})`,
    ...notes(score, failures.length, withoutText),
    ...worstLines(worst(score, worstCount)),
    '',
  ].join('\n');
}

/** One sentence for each circumstance that the rates do not show. */
function notes(score: Score, failed: number, withoutText: readonly string[]): string[] {
  const silent = score.utterances.filter(({ words }) => words.reference === 0).length;
  const empty = score.utterances.filter(
    ({ words, normalised }) => words.reference > 0 && normalised.hypothesis === '',
  ).length;
  return [
    ...(silent > 0
      ? [`${counted(silent, 'reference')} without a word: what is recognised there counts as insertions.`]
      : []),
    ...(empty > 0
      ? [`${counted(empty, 'utterance')} in which nothing was recognised: the words count as deletions.`]
      : []),
    ...(failed > 0
      ? [`${counted(failed, 'utterance')} could not be read and ${failed === 1 ? 'is' : 'are'} not counted.`]
      : []),
    ...(withoutText.length > 0
      ? [`${counted(withoutText.length, 'audio file')} without a text, such as ${withoutText[0]}, not counted.`]
      : []),
  ];
}

function worstLines(utterances: readonly ScoredUtterance[]): string[] {
  if (utterances.length === 0) return [];
  return [
    '',
    'Worst utterances',
    ...utterances.flatMap(({ id, words, normalised }) => [
      `${id}: ${counted(errorsIn(words), 'error')} in ${counted(words.reference, 'word')}`,
      `  reference   ${normalised.reference}`,
      `  recognised  ${normalised.hypothesis}`,
    ]),
  ];
}

function rateLine(counts: EditCounts, unit: string): string {
  const { substitutions, insertions, deletions, reference } = counts;
  const edits = [
    counted(substitutions, 'substitution'),
    counted(insertions, 'insertion'),
    counted(deletions, 'deletion'),
  ].join(', ');
  const rate = errorRate(counts);
  const percent = rate === undefined ? `undefined, as no reference has a ${unit}` : `${(100 * rate).toFixed(2)} %`;
  return `${percent}: ${counted(errorsIn(counts), 'error')} in ${counted(reference, unit)} (${edits})`;
}

function times(results: readonly Result[]): { audioSeconds: number; wallSeconds: number } {
  return {
    audioSeconds: results.reduce((sum, result) => sum + result.audioSeconds, 0),
    wallSeconds: results.reduce((sum, result) => sum + result.wallSeconds, 0),
  };
}
