/** The spread of a random model's tensors, by name: wide enough for a realistic load, narrow enough never to overflow. */
import type { LmConfig } from '../../model/config.js';
import type { Spread } from './random-numbers.js';

/** Speech samples are a few tenths at most; the first convolution amplifies them into ELU's nonlinear range. */
const SOUND_GAIN = 8;
/** A rectified number keeps about half its variance. */
const ELU_GAIN = Math.SQRT2;
/** A trained codec scales its branches by about this factor. */
const LAYER_SCALE = 0.3;
const CLUSTER_USAGE = 100;
/** A centroid is this much narrower than the latent, and each level's narrower than the last: the residual shrinks. */
const CODEBOOK = 0.2;
const CODEBOOK_DECAY = 0.97;
/** Makes "no text in this frame" and "a word starts" as frequent as text, so that words begin and end. */
const MARKER_GAIN = 16;

/** Consecutive rows with the same spread. */
export interface Rows {
  readonly rows: number;
  readonly spread: Spread;
}

/**
 * The spread of an official tensor name (the codec's without `mimi.`). Matrices are scaled by their fan-in, so that
 * outputs have the spread of inputs; norms are near 1; the tables of a step add up to a standard deviation of 1.
 */
export function spreadOf(name: string, shape: readonly number[], lm: LmConfig): Spread {
  if (/alpha$|norm\d\.weight$/.test(name)) return { mean: 1, std: 0.05 };
  if (name.endsWith('.bias')) return { mean: 0, std: 0.02 };
  if (name.endsWith('.scale')) return { mean: LAYER_SCALE, std: LAYER_SCALE / 10 };
  if (name.endsWith('.cluster_usage')) return { mean: CLUSTER_USAGE, std: CLUSTER_USAGE / 10 };
  if (name.endsWith('.embedding_sum')) {
    const level = Number(/layers\.(\d+)\._codebook/.exec(name)?.[1] ?? 0);
    return { mean: 0, std: CLUSTER_USAGE * CODEBOOK * CODEBOOK_DECAY ** level };
  }
  if (/^(text_)?emb\./.test(name)) return { mean: 0, std: 1 / Math.sqrt(lm.nQ + 1) };
  return { mean: 0, std: gainOf(name) / Math.sqrt(fanIn(shape)) };
}

/** The rows of a tensor in runs of equal spread: one run for all but the text head. */
export function rowSpreads(name: string, shape: readonly number[], lm: LmConfig): Rows[] {
  const spread = spreadOf(name, shape, lm);
  const rows = shape[0] ?? 1;
  if (name !== 'text_linear.weight') return [{ rows, spread }];
  const marker = { ...spread, std: spread.std * MARKER_GAIN };
  const markers = [lm.endOfPaddingToken, lm.paddingToken].sort((a, b) => a - b);
  const runs: Rows[] = [];
  let at = 0;
  for (const row of markers) {
    runs.push({ rows: row - at, spread }, { rows: 1, spread: marker });
    at = row + 1;
  }
  return [...runs, { rows: rows - at, spread }].filter((run) => run.rows > 0);
}

function gainOf(name: string): number {
  if (name.startsWith('encoder.model.0.')) return SOUND_GAIN;
  return name.startsWith('encoder.model.') ? ELU_GAIN : 1;
}

/** Numbers that one output is a sum of: all dimensions but the first. */
function fanIn(shape: readonly number[]): number {
  return shape.slice(1).reduce((product, n) => product * n, 1);
}
