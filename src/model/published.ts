/** The configs of Kyutai's published models and of the demo model, for estimates before a file is downloaded. */
import type { LmConfig, SttConfig } from './config.js';
import { officialMimiConfig } from './mimi-config.js';

/** Values common to both models. */
const SHARED = {
  dim: 2048,
  hidden: 5632,
  nQ: 32,
  card: 2048,
  maxPeriod: 100_000,
  paddingToken: 3,
  endOfPaddingToken: 0,
} as const;

/** With four pause heads, as in the `-candle` files. */
const LM_1B: LmConfig = {
  ...SHARED,
  numLayers: 16,
  numHeads: 16,
  textCard: 8000,
  context: 750,
  pauseHeads: 4,
  pauseClasses: 6,
  audioDelaySeconds: 0.5,
  silencePrefixSeconds: 0,
};

/** Three times the layers, heads half as wide, half the window, a longer delay, and no pause heads. */
const LM_2_6B: LmConfig = {
  ...SHARED,
  numLayers: 48,
  numHeads: 32,
  textCard: 4000,
  context: 375,
  pauseHeads: 0,
  pauseClasses: 0,
  audioDelaySeconds: 2.5,
  silencePrefixSeconds: 1,
};

/** `stt-1b-en_fr`. */
export const STT_1B: SttConfig = { lm: LM_1B, mimi: officialMimiConfig('stt-1b-en_fr', SHARED.nQ) };

/** `stt-2.6b-en`. */
export const STT_2_6B: SttConfig = { lm: LM_2_6B, mimi: officialMimiConfig('stt-2.6b-en', SHARED.nQ) };

/** The model in models/. */
export const DEMO: SttConfig = {
  lm: {
    ...LM_1B,
    dim: 256,
    hidden: 704,
    numLayers: 4,
    numHeads: 4,
    nQ: 8,
    card: 256,
    textCard: 256,
    context: 128,
  },
  mimi: {
    ...STT_1B.mimi,
    seanet: { ...STT_1B.mimi.seanet, nFilters: 12, dimension: 128 },
    transformer: { dim: 128, numHeads: 4, numLayers: 4, context: 50, maxPeriod: 10_000, hidden: 512 },
    quantizer: { dimension: 64, nQ: 8, bins: 256 },
  },
};
