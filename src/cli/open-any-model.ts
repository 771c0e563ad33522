/** Opens the model that an option `--model` names: a path on this machine, or a model to download. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DownloadProgress } from '../download/types.js';
import type { Model } from '../model/model.js';
import { defaultCacheFolder } from './folder-store.js';
import { openModelFromPath } from './open-model-from-path.js';
import { isRemoteModel, openRemoteModel } from './open-remote-model.js';

const DEMO_MODEL = new URL('../../models/demo-en_fr-q4_0.gguf', import.meta.url);

/** For `parseArgs`. */
export const MODEL_OPTIONS = {
  model: { type: 'string' },
  hub: { type: 'string' },
  cache: { type: 'string' },
} as const;

export type ModelChoice = { readonly [K in keyof typeof MODEL_OPTIONS]?: string | undefined };

/** The same for `--help`. */
export const MODEL_USAGE: readonly OptionText[] = [
  [
    '--model',
    'a .gguf file, a folder in the official layout, or, if there is no such path, a model to download: a name',
    '(stt-1b-en_fr, 670 MB), owner/repo[@revision], or a URL (default: the demo model of the package, which',
    'knows a few dozen words)',
  ],
  ['--hub', 'URL of a mirror of the hub that names and owner/repo are downloaded from'],
  ['--cache', `folder for downloads (default: ${defaultCacheFolder()})`],
];

/** An option and the lines that explain it. */
export type OptionText = readonly [option: string, ...text: string[]];

/** The lines of `--help`, without a newline at the end. @param width of the first column */
export function optionLines(options: readonly OptionText[], width: number): string {
  return options
    .map(([option, ...text]) => `  ${option.padEnd(width)}${text.join(`\n  ${' '.repeat(width)}`)}`)
    .join('\n');
}

/** Without a choice the demo model. A path on this machine comes first, so that a folder may have a model's name. */
export async function openAnyModel({ model = fileURLToPath(DEMO_MODEL), hub, cache }: ModelChoice): Promise<Model> {
  if (existsSync(model) || !isRemoteModel(model)) return openModelFromPath(model);
  const folder = cache ?? defaultCacheFolder();
  return openRemoteModel(model, { hub, folder, onProgress: printDownload(process.stderr, folder) });
}

/** One updated line on a terminal, one line elsewhere. */
function printDownload(to: NodeJS.WriteStream, folder: string): (progress: DownloadProgress) => void {
  let isAnnounced = false;
  return ({ phase, loaded, total }) => {
    if (phase === 'downloading' && !isAnnounced) {
      isAnnounced = true;
      to.write(`downloading to ${folder}\n`);
    }
    if (!to.isTTY || !isAnnounced) return;
    const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
    to.write(`\r\x1b[K${phase === 'done' ? '' : `${phase} ${megabytes(loaded)} of ${megabytes(total)} MB`}`);
  };
}
