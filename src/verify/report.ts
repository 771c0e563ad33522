/** Formats a verification as plain text, for a terminal and for a page's clipboard. */
import type { AlignmentName } from './alignment.js';
import { shareOf, sumOf, wordErrorRate, type Match, type WordMatch } from './compare.js';
import { BACKEND_NAMES, type Check, type Verdict } from './judge.js';
import type { BackendResult, Verification } from './verify-model.js';

/** Codebooks per line. */
const PER_LINE = 8;

const ALIGNED: Readonly<Record<AlignmentName, string>> = {
  lag: 'initial tokens, then every frame',
  'lag-from-1': 'initial tokens, then every frame, without the first token',
  drop: 'initial tokens in place of the first frame',
  'no-initial': 'no initial tokens',
};

/** @param machine what it ran on, such as the processor or the browser */
export function formatReport(verification: Verification, verdict: Verdict, machine: string): string {
  const { model, instead, weights, reference, audioSeconds, codec, alignment, backends } = verification;
  const all = sumOf(codec.codebooks);
  const checked = backends.filter((each): each is BackendResult => !('whyNot' in each));
  const skipped = backends.flatMap((each) => ('whyNot' in each ? [each] : []));
  return [
    `Model      ${model} (${weights.join(', ')})`,
    ...(instead === undefined ? [] : [`Files      ${instead}`]),
    `Reference  ${reference.name}, ${audioSeconds.toFixed(1)} s: ${reference.source}`,
    `Machine    ${machine}`,
    '',
    `Codec (CPU, ${codec.build} build): ${reference.frames} frames, ${count(all)} codes equal, ${ms(codec.frameMs)} a frame`,
    ...codebookLines(codec.codebooks),
    '',
    ...table([
      ['Language model', ...checked.map(({ backend }) => BACKEND_NAMES[backend])],
      ['tokens equal on the official codes', ...checked.map(({ alone }) => match(alone?.tokens))],
      ['tokens equal end to end', ...checked.map(({ endToEnd }) => match(endToEnd.tokens))],
      ['word error rate end to end', ...checked.map(({ endToEnd }) => words(endToEnd.words))],
      ['a step', ...checked.map(({ alone }) => (alone ? ms(alone.stepMs) : '–'))],
      ['real-time factor end to end', ...checked.map(({ endToEnd }) => endToEnd.realTimeFactor.toFixed(3))],
      ['runs on', ...checked.map(({ adapter, threads }) => adapter ?? `${threads} thread${threads === 1 ? '' : 's'}`)],
    ]),
    ...(alignment
      ? [
          `Start of the reference (${alignment.isDetected ? 'found by comparison' : 'given'}): ${ALIGNED[alignment.name]}.`,
        ]
      : ['The model has another text vocabulary than the reference: its tokens are not compared.']),
    ...skipped.map(({ backend, whyNot }) => `${BACKEND_NAMES[backend]} not checked: ${whyNot}.`),
    ...checked.flatMap(({ backend, endToEnd }) =>
      endToEnd.words && endToEnd.words.errors > 0 ? [`${BACKEND_NAMES[backend]} transcript: ${endToEnd.text}`] : [],
    ),
    '',
    ...table(verdict.checks.map(checkRow)),
    verdict.passed ? 'Verification passed.' : 'Verification failed.',
    '',
  ].join('\n');
}

function codebookLines(codebooks: readonly Match[]): string[] {
  const lines: string[] = [];
  for (let q = 0; q < codebooks.length; q += PER_LINE) {
    const cells = codebooks.slice(q, q + PER_LINE).map((each) => percent(shareOf(each)).padStart(8));
    const last = Math.min(q + PER_LINE, codebooks.length);
    lines.push(`  codebooks ${String(q + 1).padStart(2)}–${String(last).padEnd(2)}${cells.join('')}`);
  }
  return lines;
}

function checkRow({ name, found, bound, threshold, passed }: Check): string[] {
  return [`${passed ? 'pass' : 'FAIL'}  ${name}`, percent(found), `${bound} ${percent(threshold)}`];
}

/** Rows of cells, the first column aligned left. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : `  ${cell.padStart(widths[i] ?? 0)}`)).join(''),
  );
}

function match(found: Match | undefined): string {
  if (!found) return '–';
  const from = found.firstDifference === undefined ? '' : `, differ from ${found.firstDifference}`;
  return `${count(found)}${from}`;
}

function count(found: Match): string {
  return `${found.equal} of ${found.total} (${percent(shareOf(found))})`;
}

function words(found: WordMatch | undefined): string {
  return found ? `${percent(wordErrorRate(found))} (${found.errors} of ${found.words} words)` : '–';
}

/** Rounded down for a share below 1, so that 100 % means all. */
function percent(share: number): string {
  return `${(share < 1 ? Math.floor(share * 1000) / 10 : 100 * share).toFixed(1)} %`;
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} ms`;
}
