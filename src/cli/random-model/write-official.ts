/** A random model in the layout of the published folders: config.json, two safetensors, the tokenizer. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SttConfig } from '../../model/config.js';
import { configJson } from '../../model/gguf-config.js';
import { writeSafetensors } from './safetensors-writer.js';
import { writeError } from '../write-error.js';
import { refuseExisting, writeAllWhole, type Sink } from '../write-file.js';
import { RandomNumbers } from './random-numbers.js';
import { randomTensors } from './tensors.js';
import { inventedTokenizer } from './tokenizer.js';

const LM_NAME = 'model.safetensors';
const MIMI_NAME = 'mimi-pytorch-e351c8d8@125.safetensors';
const MIMI_CONFIG_NAME = 'mimi_config.json';

export interface RandomFolder {
  readonly config: SttConfig;
  readonly seed: number;
  readonly tokenizerName: string;
  /** Replace files that exist. */
  readonly force: boolean;
}

/**
 * The language model in bf16 and the codec's encoder in f32, as published; the codec's decoder, which this package does not
 * use, is omitted. Resolves with the bytes written.
 */
export async function writeRandomFolder(
  folder: string,
  { config, seed, tokenizerName, force }: RandomFolder,
): Promise<number> {
  /** The outermost folder that did not exist. */
  const made = await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw writeError(folder, cause, 'invalid-argument');
  });
  const numbers = new RandomNumbers();
  const lm = randomTensors(config, ['lm'], seed, numbers, (_part, name, shape) => ({
    name,
    shape: name.endsWith('.alpha') ? [1, 1, ...shape] : shape,
    type: 'bf16',
  }));
  const mimi = randomTensors(config, ['mimi'], seed, numbers, (_part, name, shape) => ({ name, shape, type: 'f32' }));
  const { lm: lmJson, mimi: mimiJson } = configJson(config);
  const names = {
    moshi_name: LM_NAME,
    mimi_name: MIMI_NAME,
    mimi_config_name: MIMI_CONFIG_NAME,
    tokenizer_name: tokenizerName,
  };
  const files: [string, (sink: Sink) => Promise<void>][] = [
    [LM_NAME, (sink) => writeSafetensors(sink, lm)],
    [MIMI_NAME, (sink) => writeSafetensors(sink, mimi)],
    [MIMI_CONFIG_NAME, (sink) => sink(json(mimiJson))],
    [tokenizerName, (sink) => sink(inventedTokenizer(config.lm.textCard))],
    // Last: a folder with a config.json is complete.
    ['config.json', (sink) => sink(json({ ...officialFields(config), ...lmJson, ...names }))],
  ];
  for (const [name] of files) await refuseExisting(join(folder, name), force);
  try {
    return await writeAllWhole(files.map(([name, write]) => ({ path: join(folder, name), write })));
  } catch (cause) {
    if (made !== undefined) await rm(made, { recursive: true, force: true });
    throw cause;
  }
}

/** The fields of a published config.json that this package does not use. */
function officialFields({ lm }: SttConfig): Record<string, unknown> {
  return {
    model_type: 'stt',
    dep_q: 0,
    delays: new Array<number>(lm.nQ + 1).fill(0),
    hidden_scale: (1.5 * lm.hidden) / lm.dim, // the official width is ⅔ of it
    causal: true,
    layer_scale: null,
    cross_attention: false,
    gating: 'silu',
    norm: 'rms_norm_f32',
    positional_embedding: 'rope',
    extra_heads_num_heads: lm.pauseHeads,
    extra_heads_dim: lm.pauseClasses,
  };
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
}
