/** The published models that `random-model` can imitate, with exactly their tensors. */
import type { SttConfig } from '../../model/config.js';
import { STT_1B, STT_2_6B } from '../../model/published.js';

export type PresetName = 'stt-1b-en_fr' | 'stt-2.6b-en';

export interface Preset {
  readonly config: SttConfig;
  /** The SentencePiece file's name in the official folder. */
  readonly tokenizerName: string;
}

export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  'stt-1b-en_fr': { config: STT_1B, tokenizerName: 'tokenizer_en_fr_audio_8000.model' },
  'stt-2.6b-en': { config: STT_2_6B, tokenizerName: 'tokenizer_en_audio_4000.model' },
};
