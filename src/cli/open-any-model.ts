/** Opens the model that an option `--model` names: a path on this machine, or a model to download. */
import { existsSync } from 'node:fs';
import type { DownloadProgress } from '../download/types.js';
import type { Model } from '../model/model.js';
import { openModelFromPath } from './open-model-from-path.js';
import { isRemoteModel, openRemoteModel } from './open-remote-model.js';

/** A path on this machine comes first, so that a folder may have a model's name. */
export async function openAnyModel(model: string, hub: string | undefined, folder: string): Promise<Model> {
  if (existsSync(model) || !isRemoteModel(model)) return openModelFromPath(model);
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
