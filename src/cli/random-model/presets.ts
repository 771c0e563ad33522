/** The numbers of the published models, so that a random one has exactly their tensors. */
import type { LmConfig, SttConfig } from '../../model/config.js';
import { officialMimiConfig } from '../../model/mimi-config.js';

export type PresetName = 'stt-1b-en_fr' | 'stt-2.6b-en';

export interface Preset {
  readonly config: SttConfig;
  /** The SentencePiece file's name in the official folder. */
  readonly tokenizerName: string;
}

/** What the two have in common. */
const SHARED = {
  dim: 2048,
  hidden: 5632,
  nQ: 32,
  card: 2048,
  maxPeriod: 100_000,
  paddingToken: 3,
  endOfPaddingToken: 0,
} as const;

/** With the four pause heads, as in the `-candle` files. */
const STT_1B: LmConfig = {
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
const STT_2_6B: LmConfig = {
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

export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  'stt-1b-en_fr': {
    config: { lm: STT_1B, mimi: officialMimiConfig('stt-1b-en_fr', SHARED.nQ) },
    tokenizerName: 'tokenizer_en_fr_audio_8000.model',
  },
  'stt-2.6b-en': {
    config: { lm: STT_2_6B, mimi: officialMimiConfig('stt-2.6b-en', SHARED.nQ) },
    tokenizerName: 'tokenizer_en_audio_4000.model',
  },
};
