/** `kyutai-stt convert`: a checkpoint in the official layout → one GGUF with everything the component needs. */
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { SttError } from '../errors.js';
import { encodeTensor, type TargetType } from '../model/encode-tensor.js';
import { configMetadata, TOKENIZER_TENSOR } from '../model/gguf-config.js';
import { writeGguf, type MetadataEntry, type TensorToWrite } from '../model/gguf-writer.js';
import type { Model, TensorInfo } from '../model/model.js';
import { countOf } from '../model/tensor-file.js';
import { blockSize, decodeTensor, findNonFinite, storedBytes } from '../model/tensor-types.js';
import { openModelFromDirectory } from './open-model-from-path.js';

const USAGE = `Usage: kyutai-stt convert DIR OUT.gguf --type q4_0|q8_0|f16|f32 [--mimi f16|f32] [--force]

Reads a checkpoint in the official layout (config.json, safetensors, tokenizer) and writes one GGUF file.

  --type   how the language model's matrices are stored; norms and pause heads stay f32
  --mimi   how the codec's matrices are stored (default f32; f16 halves them and may change codes at near-ties);
           its norms, biases, scales and codebooks stay f32
  --force  replaces OUT.gguf if it exists
`;

/** Numbers converted at a time: 4 MB as f32, whatever the tensor's size. */
const CHUNK = 1024 * 1024;

/** llama.cpp's numbers for "mostly this type" [general.file_type]. */
const FILE_TYPES: Readonly<Record<TargetType, number>> = { f32: 0, f16: 1, q4_0: 2, q8_0: 7 };

export interface ConvertOptions {
  /** The folder that holds config.json. */
  readonly input: string;
  readonly output: string;
  readonly type: TargetType;
  /** Default f32, which keeps the codec's codes exact. */
  readonly mimi?: 'f16' | 'f32';
  /** Replace `output` if it exists. Default false: an existing file is an `invalid-argument`. */
  readonly force?: boolean;
}

/** Writes `output` under a temporary name and renames it when complete. Resolves with its size in bytes. */
export async function convert({ input, output, type, mimi = 'f32', force = false }: ConvertOptions): Promise<number> {
  if (!force && (await exists(output)))
    throw new SttError('invalid-argument', `${output}: exists; --force replaces it`);
  const model = await openModelFromDirectory(input);
  const tensors = [...model.tensors.values()].map((info) => planTensor(model, info, targetType(info, type, mimi)));
  const name = basename(output).replace(/\.gguf$/, '');

  const partial = `${output}.${process.pid}.partial`;
  const file = await open(partial, 'wx').catch((cause: unknown) => {
    throw SttError.from(cause, `${output} cannot be written`, 'invalid-argument');
  });
  let size = 0;
  try {
    const sink = async (bytes: Uint8Array): Promise<void> => {
      await file.writeFile(bytes);
      size += bytes.length;
    };
    await writeGguf(sink, describe(name, model, type), [...tensors, planTokenizer(model.tokenizer)]);
    await file.close();
    await rename(partial, output);
  } catch (cause) {
    await file.close();
    await rm(partial, { force: true });
    throw cause;
  }
  return size;
}

/** The subcommand. Resolves with the exit code. */
export async function convertCommand(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      type: { type: 'string' },
      mimi: { type: 'string', default: 'f32' },
      force: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const [input, output, ...rest] = positionals;
  if (input === undefined || output === undefined || rest.length > 0) {
    throw new SttError(
      'invalid-argument',
      `convert takes a folder and an output file, was given ${positionals.length} paths`,
    );
  }
  const type = oneOf('--type', values.type, ['q4_0', 'q8_0', 'f16', 'f32'] as const);
  const mimi = oneOf('--mimi', values.mimi, ['f16', 'f32'] as const);
  const size = await convert({ input, output, type, mimi, force: values.force });
  process.stdout.write(`${output}: ${size} bytes\n`);
  return 0;
}

/** Blocks may not straddle rows, so a matrix whose rows are no multiple of 32 falls back to f16. */
function targetType({ name, shape }: TensorInfo, type: TargetType, mimi: 'f16' | 'f32'): TargetType {
  if (shape.length < 2 || name.startsWith('extra_heads.') || name.includes('._codebook.')) return 'f32';
  if (name.startsWith('mimi.')) return mimi;
  return (shape.at(-1) ?? 0) % blockSize(type) === 0 ? type : 'f16';
}

function planTensor(model: Model, info: TensorInfo, type: TargetType): TensorToWrite {
  const { name, shape } = info;
  const count = countOf(shape);
  return {
    name,
    shape,
    type,
    byteLength: storedBytes(type, count),
    chunks: async function* () {
      for (let start = 0; start < count; start += CHUNK) {
        const n = Math.min(CHUNK, count - start);
        const bytes = await model.readTensorSlice(name, storedBytes(info.type, start), storedBytes(info.type, n));
        const encoded = encodeTensor(type, decodeTensor(info.type, bytes, n));
        const bad = findNonFinite(type, encoded);
        if (bad >= 0) {
          throw new SttError(
            'invalid-argument',
            `${info.file}: tensor ${name} at element ${start + bad} is beyond what ${type} holds (65504)`,
          );
        }
        yield encoded;
      }
    },
  };
}

function planTokenizer(tokenizer: Uint8Array): TensorToWrite {
  return {
    name: TOKENIZER_TENSOR,
    shape: [tokenizer.length],
    type: 'i8',
    byteLength: tokenizer.length,
    chunks: () => [tokenizer],
  };
}

function describe(name: string, model: Model, type: TargetType): MetadataEntry[] {
  return [
    { key: 'general.architecture', type: 'string', value: 'kyutai-stt' },
    { key: 'general.name', type: 'string', value: name },
    { key: 'general.file_type', type: 'u32', value: FILE_TYPES[type] },
    { key: 'general.quantization_version', type: 'u32', value: 2 }, // ggml's block layouts since 2023
    ...configMetadata(model.config),
  ];
}

function oneOf<T extends string>(option: string, value: string | undefined, choices: readonly T[]): T {
  const chosen = choices.find((choice) => choice === value);
  if (chosen !== undefined) return chosen;
  throw new SttError('invalid-argument', `${option} is ${value ?? 'missing'}, expected ${choices.join(', ')}`);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
