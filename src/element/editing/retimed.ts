/** Gives the words of an edited text their times. */
import type { Word } from '../../client/transcript.js';

/** Part of a text: words that stay, or words that others replace. */
interface Run {
  readonly before: readonly Word[];
  readonly after: readonly string[];
  readonly stays: boolean;
}

/**
 * Words that stay keep their times and confidence. As many words as were replaced get the times of those; more or fewer share their
 * time by length. New words have no confidence: a person wrote them.
 */
export function retimed(before: readonly Word[], texts: readonly string[]): readonly Word[] {
  let words: readonly Word[] = [];
  let known = 0;
  for (const run of runsOf(before, texts)) {
    known += run.before.length;
    if (run.stays) words = [...words, ...run.before];
    else {
      const start = run.before[0]?.start ?? words.at(-1)?.end ?? before[known]?.start ?? 0;
      const end = run.before.at(-1)?.end ?? before[known]?.start ?? start;
      words = [...words, ...timed(run, start, Math.max(start, end))];
    }
  }
  return words;
}

function timed({ before, after }: Run, start: number, end: number): Word[] {
  if (before.length === after.length)
    return after.map((text, index) => ({ text, start: before[index]?.start ?? start, end: before[index]?.end ?? end }));
  const letters = after.reduce((sum, { length }) => sum + length, 0);
  let passed = 0;
  const time = (): number => Math.round((start + ((end - start) * passed) / letters) * 1000) / 1000;
  return after.map((text) => {
    const from = time();
    passed += text.length;
    return { text, start: from, end: time() };
  });
}

/** The longest common subsequence and what is between its words. */
function runsOf(before: readonly Word[], after: readonly string[]): Run[] {
  const [rows, columns] = [before.length, after.length];
  // common[i][j]: words that stay of before[i…] and after[j…].
  const common = Array.from({ length: rows + 1 }, () => new Uint16Array(columns + 1));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = rows - 1; i >= 0; i--)
    for (let j = columns - 1; j >= 0; j--) {
      const length = before[i]?.text === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
      common[i]?.set([length], j);
    }
  const runs: Run[] = [];
  let [i, j] = [0, 0];
  while (i < rows || j < columns) {
    const [fromI, fromJ] = [i, j];
    const stays = before[i]?.text === after[j] && i < rows;
    if (stays) while (i < rows && j < columns && before[i]?.text === after[j]) [i, j] = [i + 1, j + 1];
    else
      while ((i < rows || j < columns) && (i >= rows || j >= columns || before[i]?.text !== after[j])) {
        if (i < rows && (j >= columns || at(i + 1, j) >= at(i, j + 1))) i++;
        else j++;
      }
    runs.push({ before: before.slice(fromI, i), after: after.slice(fromJ, j), stays });
  }
  return runs;
}
