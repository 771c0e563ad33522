/** `kyutai-stt random-model`: a model of the published ones' exact shape and of no sense, to measure with. */
import { parseArgs } from 'node:util';
import { SttError } from '../errors.js';
import { TARGET_TYPES } from '../model/encode-tensor.js';
import { MIMI_TYPES } from './gguf-layout.js';
import { oneOf } from './one-of.js';
import { PRESETS, type PresetName } from './random-model/presets.js';
import { writeRandomGguf } from './random-model/write-gguf.js';
import { writeRandomFolder } from './random-model/write-official.js';
import { refuseExisting } from './write-file.js';

const USAGE = `Usage: kyutai-stt random-model OUT --preset stt-1b-en_fr|stt-2.6b-en [--type q4_0|q8_0|f16|f32]

Writes a model with the tensors of a published one and random numbers in them: it hears nothing, but is as large, as
slow and as hard to load as the real one. The same options give the same bytes.

  --preset  whose names, shapes, window and delay it has
  --type    how the language model's matrices are stored (default q4_0)
  --mimi    how the codec's matrices are stored: f32 (default) or f16
  --layout  gguf (default): OUT is one file; official: OUT is a folder with config.json and safetensors in bf16,
            as kyutai-stt convert reads it
  --seed    a whole number (default 0)
  --force   replaces what exists
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
    process.stdout.write(USAGE);
    return 0;
  }
  const [output, ...rest] = positionals;
  if (output === undefined || rest.length > 0)
    throw new SttError('invalid-argument', `random-model takes one output, was given ${positionals.length}`);
  const preset = PRESETS[oneOf('--preset', values.preset, Object.keys(PRESETS) as PresetName[])];
  const layout = oneOf('--layout', values.layout, ['gguf', 'official'] as const);
  const { force } = values;
  const seed = wholeNumber('--seed', values.seed);
  let size: number;
  if (layout === 'official') {
    for (const option of ['type', 'mimi'] as const)
      if (values[option] !== undefined)
        throw new SttError(
          'invalid-argument',
          `--${option} is ${values[option]}, the official layout has types of its own`,
        );
    size = await writeRandomFolder(output, { ...preset, seed, force });
  } else {
    const type = oneOf('--type', values.type ?? 'q4_0', TARGET_TYPES);
    const mimi = oneOf('--mimi', values.mimi ?? 'f32', MIMI_TYPES);
    await refuseExisting(output, force);
    size = await writeRandomGguf(output, { config: preset.config, type, mimi, seed });
  }
  process.stdout.write(`${output}: ${size} bytes\n`);
  return 0;
}

function wholeNumber(option: string, value: string): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && Number.isSafeInteger(number)) return number;
  throw new SttError('invalid-argument', `${option} is ${value}, expected a whole number from 0 to 2^53 − 1`);
}
