/**
 * The ways in which implementations align codes and steps at the start of a stream. This package aligns as `lag`, as the model was
 * trained; a reference that aligned otherwise is compared with the model fed its way.
 */

/** The codes of step `k`: a frame's index, or `null` for the initial tokens. */
type FrameOfStep = (k: number) => number | null;

interface AlignmentRule {
  readonly frameOf: FrameOfStep;
  /** Steps for a number of frames. */
  readonly steps: (frames: number) => number;
  /** The step of the reference's first token. */
  readonly firstStep: number;
  /** The step of `lag` that has seen the same audio as step 0 of this alignment. */
  readonly lag: number;
}

const initialFirst: FrameOfStep = (k) => (k === 0 ? null : k - 1);

const ALL = {
  /** The initial tokens, then every frame: the official training, its Rust server and its `run_inference.py`. */
  lag: { frameOf: initialFirst, steps: (frames) => frames + 1, firstStep: 0, lag: 0 },
  /** The same without the token of the first step, which `run_inference.py` drops. */
  'lag-from-1': { frameOf: initialFirst, steps: (frames) => frames + 1, firstStep: 1, lag: 0 },
  /** The initial tokens in place of the first frame: the official `stt_from_file_pytorch.py`. */
  drop: { frameOf: (k) => (k === 0 ? null : k), steps: (frames) => frames, firstStep: 0, lag: 1 },
  /** No initial audio tokens. */
  'no-initial': { frameOf: (k) => k, steps: (frames) => frames, firstStep: 0, lag: 1 },
} as const satisfies Record<string, AlignmentRule>;

export type AlignmentName = keyof typeof ALL;

export const ALIGNMENTS: Readonly<Record<AlignmentName, AlignmentRule>> = ALL;
