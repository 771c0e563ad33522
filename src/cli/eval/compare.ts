/** Compares two evaluations of the same utterances: the difference of the word error rates, with an interval. */
import { readFile } from 'node:fs/promises';
import { SttError } from '../../errors.js';
import { RandomWords } from '../random-model/random-words.js';
import { counted } from '../counted.js';
import { errorsIn } from '../../text/edit-counts.js';
import { NORMALISERS, type NormaliserName } from './normaliser.js';
import { parseResults } from './results-file.js';
import { score, type ScoredUtterance, type Transcript } from './score.js';

/** As read from the output of `--json` or from a file of `--results`. */
export interface SavedEvaluation {
  readonly path: string;
  /** Of `--json` only: `--results` holds the texts as they are. */
  readonly normaliser: NormaliserName | undefined;
  readonly transcripts: readonly Transcript[];
}

export interface Comparison {
  readonly a: string;
  readonly b: string;
  readonly normaliser: NormaliserName;
  /** Utterances that both have, and their words. */
  readonly utterances: number;
  readonly words: number;
  readonly onlyA: number;
  readonly onlyB: number;
  readonly werA: number;
  readonly werB: number;
  /** werB − werA. */
  readonly difference: number;
  readonly interval: Interval;
  readonly resamples: number;
  readonly seed: number;
}

/** Contains 95 % of the resampled differences. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Errors of two models in one utterance. */
export interface PairedErrors {
  readonly words: number;
  readonly a: number;
  readonly b: number;
}

const RESAMPLES = 10_000;

export async function readEvaluation(path: string): Promise<SavedEvaluation> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw SttError.from(cause, path, 'invalid-argument');
  });
  const whole = wholeJson(text);
  if (whole?.utterances === undefined) {
    // A recording that changed is there twice; the later result counts.
    const results = new Map(parseResults(path, text).results.map((result) => [result.id, result]));
    return { path, normaliser: undefined, transcripts: [...results.values()] };
  }
  const broken = whole.utterances.findIndex(({ id, reference, hypothesis }) =>
    [id, reference, hypothesis].some((field) => typeof field !== 'string'),
  );
  if (broken >= 0)
    throw new SttError('invalid-argument', `${path}: utterances[${broken}] has no id, reference or hypothesis`);
  return {
    path,
    normaliser: NORMALISERS.find((name) => name === whole.normaliser),
    transcripts: whole.utterances,
  };
}

interface WholeJson {
  readonly format?: string;
  readonly normaliser?: string;
  readonly utterances?: readonly Transcript[];
}

/** Undefined for the lines of a results file. */
function wholeJson(text: string): WholeJson | undefined {
  try {
    const value = JSON.parse(text) as WholeJson | null;
    return value?.format === 'kyutai-stt eval' ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param asked the normaliser; by default the one that both name, `basic` where neither does
 * @throws SttError `invalid-argument` if no utterance is in both, or if their references differ
 */
export function compare(
  a: SavedEvaluation,
  b: SavedEvaluation,
  asked: NormaliserName | undefined,
  seed: number,
): Comparison {
  const normaliser = asked ?? commonNormaliser(a, b);
  const scoresA = scoresById(a, normaliser);
  const scoresB = scoresById(b, normaliser);
  const pairs = [...scoresA].flatMap(([id, inA]): PairedErrors[] => {
    const inB = scoresB.get(id);
    if (!inB) return [];
    if (inA.normalised.reference !== inB.normalised.reference)
      throw new SttError(
        'invalid-argument',
        `${id}: ${a.path} and ${b.path} have different references, "${inA.normalised.reference}" and "${inB.normalised.reference}"`,
      );
    return [{ words: inA.words.reference, a: errorsIn(inA.words), b: errorsIn(inB.words) }];
  });
  if (pairs.length === 0)
    throw new SttError(
      'invalid-argument',
      `${a.path} and ${b.path} have no utterance in common, expected the same set`,
    );
  const words = pairs.reduce((sum, pair) => sum + pair.words, 0);
  if (words === 0)
    throw new SttError('invalid-argument', `${a.path} and ${b.path}: no reference has a word, expected some`);
  const [werA, werB] = (['a', 'b'] as const).map((of) => pairs.reduce((sum, pair) => sum + pair[of], 0) / words) as [
    number,
    number,
  ];
  return {
    a: a.path,
    b: b.path,
    normaliser,
    utterances: pairs.length,
    words,
    onlyA: scoresA.size - pairs.length,
    onlyB: scoresB.size - pairs.length,
    werA,
    werB,
    difference: werB - werA,
    interval: bootstrap(pairs, seed),
    resamples: RESAMPLES,
    seed,
  };
}

/**
 * The percentile interval of the difference of the error rates, over sets of as many utterances drawn with replacement, both
 * models on the same ones (Bisani and Ney, "Bootstrap estimates for confidence intervals in ASR performance evaluation", 2004).
 */
export function bootstrap(pairs: readonly PairedErrors[], seed: number): Interval {
  const count = pairs.length;
  const lengths = Float64Array.from(pairs, ({ words }) => words);
  const excess = Float64Array.from(pairs, ({ a, b }) => b - a);
  const random = new RandomWords(seed, 'bootstrap');
  const drawn = new Uint32Array(count);
  const differences = new Float64Array(RESAMPLES);
  for (let i = 0; i < RESAMPLES;) {
    random.fill(drawn, count);
    let words = 0;
    let errors = 0;
    for (const word of drawn) {
      const at = Math.floor((word / 2 ** 32) * count);
      words += lengths[at] ?? 0;
      errors += excess[at] ?? 0;
    }
    // A sample of empty references only has no rate; another is drawn.
    if (words > 0) differences[i++] = errors / words;
  }
  differences.sort();
  const tail = Math.round(0.025 * RESAMPLES);
  return { low: differences[tail] ?? 0, high: differences[RESAMPLES - 1 - tail] ?? 0 };
}

/** Ends with a newline. @param margin in points; prints whether B is at most so much worse */
export function printedComparison(comparison: Comparison, margin: number | undefined): string {
  const { a, b, normaliser, utterances, words, onlyA, onlyB, werA, werB, difference, interval } = comparison;
  const { low, high } = interval;
  const verdict =
    low > 0
      ? 'B is worse than A.'
      : high < 0
        ? 'B is better than A.'
        : 'The interval includes 0: no difference is shown.';
  return [
    `A      WER ${percent(werA)} %  ${a}`,
    `B      WER ${percent(werB)} %  ${b}`,
    `B − A  ${signed(difference)} points, 95 % interval ${signed(low)} to ${signed(high)}`,
    '',
    `${counted(utterances, 'utterance')}, ${counted(words, 'word')}, normaliser ${normaliser}, ${comparison.resamples} resamples, seed ${comparison.seed}`,
    ...(onlyA > 0 ? [`${counted(onlyA, 'utterance')} only in A, not counted.`] : []),
    ...(onlyB > 0 ? [`${counted(onlyB, 'utterance')} only in B, not counted.`] : []),
    verdict,
    ...(margin === undefined
      ? []
      : [
          isWithin(comparison, margin)
            ? `B is at most ${margin} points worse than A.`
            : `It is not shown that B is at most ${margin} points worse than A: the interval reaches ${signed(high)}.`,
        ]),
    '',
  ].join('\n');
}

/** Whether the interval excludes that B is more than `margin` points worse. */
export function isWithin({ interval }: Comparison, margin: number): boolean {
  return 100 * interval.high <= margin;
}

function scoresById({ transcripts }: SavedEvaluation, normaliser: NormaliserName): Map<string, ScoredUtterance> {
  return new Map(score(transcripts, normaliser).utterances.map((utterance) => [utterance.id, utterance]));
}

function commonNormaliser(a: SavedEvaluation, b: SavedEvaluation): NormaliserName {
  if (a.normaliser !== undefined && b.normaliser !== undefined && a.normaliser !== b.normaliser)
    throw new SttError(
      'invalid-argument',
      `${a.path} has the normaliser ${a.normaliser}, ${b.path} ${b.normaliser}; name one with --normaliser`,
    );
  return a.normaliser ?? b.normaliser ?? 'basic';
}

const percent = (rate: number): string => (100 * rate).toFixed(2);

/** In points; a true minus sign, and none before 0.00. */
function signed(rate: number): string {
  const points = percent(Math.abs(rate));
  return points === '0.00' ? points : `${rate < 0 ? '−' : '+'}${points}`;
}
