/** The names of the files beside config.json in the official layout. */
import type { Fields } from './fields.js';

/** Names the shards of transformers' safetensors. */
export const WEIGHTS_INDEX = 'model.safetensors.index.json';

export interface OfficialNames {
  readonly lm: string;
  readonly mimi: string;
  readonly tokenizer: string;
  readonly mimiConfig: string | undefined;
}

/** Names that `config` lacks are those of the official loader. Throws `model-invalid` for one that is no file name. */
export function officialNames(config: Fields): OfficialNames {
  return {
    lm: config.fileName('moshi_name', 'model.safetensors'),
    mimi: config.fileName('mimi_name', 'tokenizer-e351c8d8-checkpoint125.safetensors'),
    tokenizer: config.fileName('tokenizer_name', 'tokenizer_spm_32k_3.model'),
    mimiConfig: config.has('mimi_config_name') ? config.fileName('mimi_config_name', '') : undefined,
  };
}
