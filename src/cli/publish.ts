/** `kyutai-stt publish`: makes the folder of a model that is ready to upload to the hub. */
import { copyFile, mkdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { SttError } from '../errors.js';
import { weightTypes } from '../verify/verify-model.js';
import { convert, ROUNDING_OPTIONS, roundingOf, type RoundingChoice } from './convert.js';
import { fingerprint } from './eval/fingerprint.js';
import { makeManifest } from './manifest.js';
import { filesOfModel } from './model-files.js';
import { openModelFromPath } from './open-model-from-path.js';
import { packageVersion } from './package-version.js';
import { modelCard } from './publish/model-card.js';
import { ratesOf, readRates } from './publish/saved-rates.js';
import { print } from './standard-output.js';
import { threadCount } from './threads.js';
import { readReference, verifyHere } from './verify.js';
import { writeError } from './write-error.js';
import { refuseExisting, writeAllWhole, type FileToWrite } from './write-file.js';

const USAGE = `Usage: kyutai-stt publish MODEL FOLDER --repo OWNER/NAME --base-model OWNER/NAME [--eval RATES.json]… [--force]

Makes FOLDER ready to upload to the hub: the model's files, manifest.json with their hashes, and README.md, the model card
with sizes, origin, the table of \`verify\` and those of \`eval\`. MODEL is one of

  a folder in the official layout, which is converted to NAME.gguf: --type is needed
  a .gguf file or the first of its shards, which is copied, unless it lies in FOLDER already

  --repo        where it will be uploaded; pages load it from there
  --base-model  the model it was made from, such as kyutai/stt-1b-en_fr
  --license     its licence as the hub names it (default cc-by-4.0, Kyutai's)
  --language    a language of the model; may be repeated (default: those that the base model's name ends with)
  --type, --mimi, --keep, --scales, --calibrate
                how numbers are stored, as for convert
  --method      how MODEL was made, in a sentence, for the card of a .gguf (default: it was converted before)
  --eval        the output of eval --json for these weights; may be repeated
  --reference   what to verify against, as for verify
  --no-verify   leaves the verification out, and its table
  --threads     number of CPU threads of the verification (default: one per processor, at most four)
  --force       replaces files of the same names

Exit code: 0 if the folder is complete, 1 if a check of the verification failed (the folder is complete, the card shows
it), 2 for wrong arguments.
`;

const MANIFEST = 'manifest.json';
const CARD = 'README.md';

/** `argv` without node, script and subcommand. Resolves with the exit code; throws an SttError or parseArgs' own. */
export async function publishCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      ...ROUNDING_OPTIONS,
      repo: { type: 'string' },
      'base-model': { type: 'string' },
      license: { type: 'string', default: 'cc-by-4.0' },
      language: { type: 'string', multiple: true },
      method: { type: 'string' },
      eval: { type: 'string', multiple: true, default: [] },
      reference: { type: 'string' },
      'no-verify': { type: 'boolean', default: false },
      threads: { type: 'string' },
      force: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    await print(USAGE);
    return 0;
  }
  const [source, folder, ...rest] = positionals;
  if (source === undefined || folder === undefined || rest.length > 0)
    throw new SttError(
      'invalid-argument',
      `publish: found ${positionals.length} paths, expected a model and an output folder`,
    );
  // Whatever can be checked before an hour of work.
  const repo = repoOf('--repo', values.repo);
  const name = repo.replace(/^.*\//, '');
  const baseModel = repoOf('--base-model', values['base-model']);
  const languages = values.language ?? languagesOf(baseModel);
  const threads = threadCount(values.threads);
  const reference = values.reference === undefined ? undefined : await readReference(values.reference);
  const saved = await Promise.all(values.eval.map(readRates));
  const rounding = (await isDirectory(source)) ? roundingOf(values) : undefined;
  if (!rounding) refuseRounding(source, values);
  for (const file of [MANIFEST, CARD]) await refuseExisting(join(folder, file), values.force);
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw writeError(folder, cause, 'invalid-argument');
  });
  const path = rounding ? join(folder, `${name}.gguf`) : await copied(source, folder, values.force);
  if (rounding) await convert({ input: source, output: path, ...rounding, force: values.force });

  const model = await openModelFromPath(path);
  const weights = await fingerprint(model);
  const rates = saved.map((each) => ratesOf(each, weights));
  const verified = values['no-verify'] ? undefined : await verifyHere(model, { backend: 'all', threads, reference });
  const files = await filesOfModel([path]);
  const manifest = await makeManifest(files, { name, folder });
  const card = modelCard({
    ...{ repo, baseModel, languages, verified, rates },
    license: values.license,
    config: model.config,
    weights: weightTypes(model),
    files: manifest.files.map(({ name, bytes }) => ({ name, bytes })),
    manifest: MANIFEST,
    gguf: basename(path),
    command: rounding && commandOf(baseModel, basename(path), rounding),
    method: values.method,
    version: packageVersion(),
  });
  const text = (file: string, content: string): FileToWrite => ({
    path: join(folder, file),
    write: (sink) => sink(new TextEncoder().encode(content)),
  });
  await writeAllWhole([text(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`), text(CARD, card)]);
  const passed = verified?.verdict.passed ?? true;
  await print(
    `${folder}: ${[...manifest.files.map(({ name }) => name), MANIFEST, CARD].join(', ')}\n` +
      (passed ? '' : 'The verification failed; README.md shows the failed checks.\n'),
  );
  return passed ? 0 : 1;
}

function repoOf(option: string, value: string | undefined): string {
  if (value !== undefined && /^[\w-][\w.-]*\/[\w-][\w.-]*$/.test(value)) return value;
  throw new SttError('invalid-argument', `${option} is ${value ?? 'missing'}, expected OWNER/NAME`);
}

/** `kyutai/stt-1b-en_fr` → en, fr. */
function languagesOf(baseModel: string): readonly string[] {
  const [, found] = /-([a-z]{2}(?:_[a-z]{2})*)(?:-[a-z]+)?$/.exec(baseModel) ?? [];
  if (found !== undefined) return found.split('_');
  throw new SttError(
    'invalid-argument',
    `--language is missing: ${baseModel} does not end with languages, such as -en_fr`,
  );
}

/** A GGUF is published as it is: options that would change its numbers must not pass in silence. */
function refuseRounding(
  source: string,
  { type, mimi, keep, scales, calibrate }: Parameters<typeof roundingOf>[0],
): void {
  const given = {
    '--type': type !== undefined,
    '--mimi': mimi !== ROUNDING_OPTIONS.mimi.default,
    '--keep': keep.length > 0,
    '--scales': scales !== ROUNDING_OPTIONS.scales.default,
    '--calibrate': calibrate.length > 0,
  };
  const [option] = Object.entries(given).find(([, isGiven]) => isGiven) ?? [];
  if (option === undefined) return;
  throw new SttError(
    'invalid-argument',
    `found ${option} with ${source}, which is published as it is; expected it with a folder, or run convert first`,
  );
}

async function isDirectory(path: string): Promise<boolean> {
  const found = await stat(path).catch((cause: unknown) => {
    throw SttError.from(cause, path, 'invalid-argument');
  });
  return found.isDirectory();
}

/** Copies a GGUF, with its other shards. Resolves with the path of the first copy. */
async function copied(source: string, folder: string, force: boolean): Promise<string> {
  const files = await filesOfModel([source]);
  const target = join(folder, basename(source));
  if (resolve(dirname(source)) === resolve(folder)) return target;
  for (const { path } of files) await refuseExisting(join(folder, basename(path)), force);
  for (const { path } of files)
    await copyFile(path, join(folder, basename(path))).catch((cause: unknown) => {
      throw writeError(join(folder, basename(path)), cause);
    });
  return target;
}

/** The conversion as a reader of the card would repeat it. */
function commandOf(baseModel: string, output: string, rounding: RoundingChoice): string {
  const { type, mimi = 'f32', keep = [], scales = 'search', calibrate = [] } = rounding;
  return [
    `npx kyutai-stt convert ${baseModel.replace(/^.*\//, '')} ${output} --type ${type}`,
    ...(mimi === 'f32' ? [] : [`--mimi ${mimi}`]),
    ...keep.map((rule) => `--keep '${rule.pattern}=${rule.type}'`),
    ...(scales === 'search' ? [] : [`--scales ${scales}`]),
    ...calibrate.map((audio) => `--calibrate ${basename(audio)}`),
  ].join(' ');
}
