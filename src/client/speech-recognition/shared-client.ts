/** Shares one client between all recognisers of a page with the same engine options. */
import { SttClient, type SttClientOptions } from '../stt-client.js';

/** The model, and where it runs. */
export type EngineOptions = Pick<SttClientOptions, 'model' | 'baseUrl' | 'backend' | 'worker' | 'workerSrc' | 'assets'>;

export interface Lease {
  readonly client: SttClient;
  /** Releases the client; further calls do nothing. It stays open for a minute, since another sentence often follows. */
  release(): void;
}

interface Shared {
  readonly client: SttClient;
  users: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** An unused client is closed after this time; the worker then keeps the model for another minute. */
const IDLE_MS = 60_000;

const shared = new Map<string, Shared>();

/** Leases the page's client for these options; creates it if necessary. */
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

function keyOf({ model, baseUrl, backend, worker, workerSrc, assets }: EngineOptions): string {
  return JSON.stringify([model, baseUrl, backend, worker, workerSrc, assets]);
}
