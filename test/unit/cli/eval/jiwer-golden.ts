/** The form of test/fixtures/eval/jiwer.json. */

export interface Counts {
  readonly hits: number;
  readonly substitutions: number;
  readonly insertions: number;
  readonly deletions: number;
}

export interface Rates {
  readonly wer: number;
  readonly cer: number;
  readonly words: Counts;
  readonly characters: Counts;
}

export interface JiwerGolden {
  readonly clips: { readonly official: Rates; readonly official_q4: Rates };
  readonly pairs: readonly (Rates & { readonly reference: string; readonly hypothesis: string })[];
}
