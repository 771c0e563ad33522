/** `kyutai-stt convert`: converts a model in any layout that opens to one GGUF file. */
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { SttError } from '../errors.js';
import { encodeTensor, SCALE_RULES, TARGET_TYPES, type ScaleRule, type TargetType } from '../model/encode-tensor.js';
import { writeGguf, type TensorToWrite } from '../model/gguf-writer.js';
import type { Model, TensorInfo } from '../model/model.js';
import { countOf } from '../model/tensor-file.js';
import { decodeTensor, findNonFinite, storedBytes } from '../model/tensor-types.js';
import { calibrate } from './calibrate.js';
import {
  ggufMetadata,
  matches,
  MIMI_TYPES,
  parseTypeRule,
  ruledType,
  storedType,
  tokenizerTensor,
  type MimiType,
  type TypeRule,
} from './gguf-layout.js';
import { oneOf } from './one-of.js';
import { openModelFromPath } from './open-model-from-path.js';
import { RoundingError, roundingTable, type RoundingReport } from './rounding-error.js';
import { print } from './standard-output.js';
import { refuseExisting, writeWhole } from './write-file.js';

const USAGE = `Usage: kyutai-stt convert MODEL OUT.gguf --type q4_0|q8_0|f16|f32 [--mimi f16|f32] [--keep PATTERN=TYPE]…
                          [--scales search|largest] [--calibrate AUDIO]… [--report] [--force]

Writes a model as one GGUF file. MODEL is a folder (Kyutai's layout, transformers', or with candle's or the public GGUF and
its codec and tokenizer) or a .gguf file. The result is best from weights that were not quantised before.

  --type   type of the language model's matrices; norms and pause heads stay f32
  --mimi   type of the codec's matrices (default f32; f16 halves their size and may change codes at near-ties);
           its norms, biases, scales and codebooks stay f32
  --keep   a type for the tensors whose names match: --keep 'emb.*=q8_0'. The first that matches counts
  --scales how Q4_0 chooses the scale of a block: search (default) has the least squared error, largest is ggml's rule
  --calibrate
           a recording of speech; may be repeated. The search then weights errors by the activations on this audio
  --report prints the rounding error of each tensor, beside that of two other rules
  --force  replaces OUT.gguf if it exists
`;

/** Numbers converted at a time: 4 MB as f32, whatever the tensor's size. */
const CHUNK = 1024 * 1024;

/** How numbers are stored. */
export interface RoundingChoice {
  readonly type: TargetType;
  /** Default f32, which keeps the codec's codes exact. */
  readonly mimi?: MimiType;
  /** Types for single tensors. The first rule that matches a name counts. */
  readonly keep?: readonly TypeRule[];
  /** Default `search`. */
  readonly scales?: ScaleRule;
  /** Audio files to measure the activations on, for the search. */
  readonly calibrate?: readonly string[];
}

export interface ConvertOptions extends RoundingChoice {
  /** A folder or a GGUF, as `openModelFromPath` takes it. */
  readonly input: string;
  readonly output: string;
  /** Called for each tensor that was rounded. */
  readonly report?: (report: RoundingReport) => void;
  /** Called with what the model lacks, in a sentence. */
  readonly onNote?: (note: string) => void;
  /** Replace `output` if it exists. Default false: an existing file is an `invalid-argument`. */
  readonly force?: boolean;
}

/** Writes `output` under a temporary name and renames it when complete. Resolves with its size in bytes. */
export async function convert(options: ConvertOptions): Promise<number> {
  const { input, output, type, mimi = 'f32', keep = [], scales = 'search', force = false } = options;
  const { calibrate: audio = [], report } = options;
  if (audio.length > 0 && scales !== 'search')
    throw new SttError('invalid-argument', `--calibrate needs --scales search, found ${scales}`);
  await refuseExisting(output, force);
  const model = await openModelFromPath(input);
  if (model.notes?.pauseHeadsMissing !== undefined) options.onNote?.(model.notes.pauseHeadsMissing);
  const infos = [...model.tensors.values()];
  for (const rule of keep) {
    if (infos.some(({ name }) => matches(rule, name))) continue;
    throw new SttError('invalid-argument', `--keep ${rule.pattern}: no tensor has such a name`);
  }
  const columns = audio.length > 0 ? await calibrate(model, audio) : undefined;
  const tensors = infos.map((info) => {
    const { name, shape } = info;
    const rule = keep.find((each) => matches(each, name));
    const stored = rule ? ruledType(rule, name, shape) : storedType(name, shape, type, mimi);
    return planTensor(model, info, stored, { scales, weights: columns?.get(name), report });
  });
  const metadata = ggufMetadata(basename(output).replace(/\.gguf$/, ''), model.config, type);
  return writeWhole(output, (sink) => writeGguf(sink, metadata, [...tensors, tokenizerTensor(model.tokenizer)]));
}

/** The options that say how numbers are stored, for `parseArgs`; `publish` has them too. */
export const ROUNDING_OPTIONS = {
  type: { type: 'string' },
  mimi: { type: 'string', default: 'f32' },
  keep: { type: 'string', multiple: true, default: [] as string[] },
  scales: { type: 'string', default: 'search' },
  calibrate: { type: 'string', multiple: true, default: [] as string[] },
} as const;

interface RoundingValues {
  readonly type?: string | undefined;
  readonly mimi: string;
  readonly keep: readonly string[];
  readonly scales: string;
  readonly calibrate: readonly string[];
}

/** Throws `invalid-argument`. */
export function roundingOf({ type, mimi, keep, scales, calibrate }: RoundingValues): RoundingChoice {
  return {
    type: oneOf('--type', type, TARGET_TYPES),
    mimi: oneOf('--mimi', mimi, MIMI_TYPES),
    keep: keep.map(parseTypeRule),
    scales: oneOf('--scales', scales, SCALE_RULES),
    calibrate,
  };
}

/** The subcommand. Resolves with the exit code. */
export async function convertCommand(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      ...ROUNDING_OPTIONS,
      report: { type: 'boolean', default: false },
      force: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    await print(USAGE);
    return 0;
  }
  const [input, output, ...rest] = positionals;
  if (input === undefined || output === undefined || rest.length > 0) {
    throw new SttError(
      'invalid-argument',
      `convert: found ${positionals.length} paths, expected a model and an output file`,
    );
  }
  const rounding = roundingOf(values);
  const reports: RoundingReport[] = [];
  const report = values.report ? (each: RoundingReport): void => void reports.push(each) : undefined;
  const onNote = (note: string): void => void process.stderr.write(`${note}\n`);
  const size = await convert({ input, output, ...rounding, force: values.force, onNote, ...(report && { report }) });
  if (reports.length > 0) await print(roundingTable(reports));
  await print(`${output}: ${size} bytes\n`);
  return 0;
}

interface Rounding {
  readonly scales: ScaleRule;
  /** [columns] of the search. */
  readonly weights: Float32Array | undefined;
  readonly report: ConvertOptions['report'] | undefined;
}

function planTensor(
  model: Model,
  info: TensorInfo,
  type: TargetType,
  { scales, weights, report }: Rounding,
): TensorToWrite {
  const { name, shape } = info;
  const count = countOf(shape);
  return {
    name,
    shape,
    type,
    byteLength: storedBytes(type, count),
    chunks: async function* () {
      const error = report && type !== 'f32' ? new RoundingError(name, type) : undefined;
      for (let start = 0; start < count; start += CHUNK) {
        const n = Math.min(CHUNK, count - start);
        const bytes = await model.readTensorSlice(name, storedBytes(info.type, start), storedBytes(info.type, n));
        const x = decodeTensor(info.type, bytes, n);
        const encoded = encodeTensor(type, x, { scales, weights, first: start });
        const bad = findNonFinite(type, encoded);
        if (bad >= 0) {
          throw new SttError(
            'invalid-argument',
            `${info.file}: tensor ${name} at element ${start + bad} exceeds the range of ${type} (65504)`,
          );
        }
        error?.add(x, encoded);
        yield encoded;
      }
      if (error) report?.(error.report);
    },
  };
}
