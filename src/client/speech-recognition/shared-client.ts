/** One engine for every recogniser of a page that asks for the same model in the same way. */
import { SttClient, type SttClientOptions } from '../stt-client.js';

/** Which model, and where it runs. */
export type EngineOptions = Pick<SttClientOptions, 'model' | 'baseUrl' | 'backend' | 'worker' | 'workerSrc'>;

export interface Lease {
  readonly client: SttClient;
  /** Once; the client stays open a while, since one dictated sentence is often followed by another. */
  release(): void;
}

interface Shared {
  readonly client: SttClient;
  users: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Short beside the minute that the worker keeps a model for: a page that listens no more does not hold it for long. */
const IDLE_MS = 60_000;

const shared = new Map<string, Shared>();

/** The page's client for these options, made where there is none yet. */
export function leaseClient(options: EngineOptions): Lease {
  const key = keyOf(options);
  const entry = shared.get(key) ?? { client: new SttClient(options), users: 0, timer: undefined };
  shared.set(key, entry);
  clearTimeout(entry.timer);
  entry.users += 1;
  let held = true;
  const release = (): void => {
    if (!held) return;
    held = false;
    entry.users -= 1;
    if (entry.users > 0) return;
    entry.timer = setTimeout(() => {
      shared.delete(key);
      entry.client.close();
    }, IDLE_MS);
  };
  return { client: entry.client, release };
}

function keyOf({ model, baseUrl, backend, worker, workerSrc }: EngineOptions): string {
  return JSON.stringify([model, baseUrl, backend, worker, workerSrc]);
}
