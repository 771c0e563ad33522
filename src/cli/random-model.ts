/** `kyutai-stt random-model`: writes a model with a published one's tensors and random weights, for measurements. */
import { parseArgs } from 'node:util';
import { SttError } from '../errors.js';
import { TARGET_TYPES } from '../model/encode-tensor.js';
import { MIMI_TYPES } from './gguf-layout.js';
import { oneOf } from './one-of.js';
import { PRESETS, type PresetName } from './random-model/presets.js';
import { writeRandomGguf } from './random-model/write-gguf.js';
import { writeRandomFolder } from './random-model/write-official.js';
import { print } from './standard-output.js';
import { refuseExisting } from './write-file.js';
import { wholeNumber } from './whole-number.js';

const USAGE = `Usage: kyutai-stt random-model OUT --preset stt-1b-en_fr|stt-2.6b-en [--type q4_0|q8_0|f16|f32]

Writes a model with the tensors of a published one and random weights. It transcribes nothing, but has the size, speed
and loading time of the real one. The same options write the same bytes.

  --preset  the published model: names, shapes, window and delay
  --type    type of the language model's matrices (default q4_0)
  --mimi    type of the codec's matrices: f32 (default) or f16
  --layout  gguf (default): OUT is one file; official: OUT is a folder with config.json and safetensors in bf16,
            as kyutai-stt convert reads it
  --seed    a whole number (default 0)
  --force   replaces existing files
`;

/** `argv` without node, script and subcommand. Resolves with the exit code; throws an SttError or parseArgs' own. */
export async function randomModelCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      preset: { type: 'string' },
      type: { type: 'string' },
      mimi: { type: 'string' },
      layout: { type: 'string', default: 'gguf' },
      seed: { type: 'string', default: '0' },
      force: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    await print(USAGE);
    return 0;
  }
  const [output, ...rest] = positionals;
  if (output === undefined || rest.length > 0)
    throw new SttError('invalid-argument', `random-model: found ${positionals.length} outputs, expected 1`);
  const preset = PRESETS[oneOf('--preset', values.preset, Object.keys(PRESETS) as PresetName[])];
  const layout = oneOf('--layout', values.layout, ['gguf', 'official'] as const);
  const { force } = values;
  const seed = wholeNumber('--seed', values.seed, 0);
  let size: number;
  if (layout === 'official') {
    for (const option of ['type', 'mimi'] as const)
      if (values[option] !== undefined)
        throw new SttError(
          'invalid-argument',
          `--${option} is ${values[option]}, expected none: the official layout defines the types`,
        );
    size = await writeRandomFolder(output, { ...preset, seed, force });
  } else {
    const type = oneOf('--type', values.type ?? 'q4_0', TARGET_TYPES);
    const mimi = oneOf('--mimi', values.mimi ?? 'f32', MIMI_TYPES);
    await refuseExisting(output, force);
    size = await writeRandomGguf(output, { config: preset.config, type, mimi, seed });
  }
  await print(`${output}: ${size} bytes\n`);
  return 0;
}
