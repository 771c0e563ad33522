/** Downloads one file, as a page's script or as a SharedWorker. */
import type { DownloadPhase, RemoteFile } from '../../src/download/types.js';
import { openModelCache } from '../../src/download/model-cache.js';
import { openStore } from '../../src/download/open-store.js';
import { sha256 } from '../../src/download/sha256.js';

export interface DeliveryTask {
  readonly file: RemoteFile;
  /** Flips a bit of this chunk in the store before the file is read. */
  readonly damage?: number;
}

export interface DeliveryResult {
  /** Of all that was read. */
  readonly sha256: string;
  readonly kind: string;
  readonly complete: boolean;
  readonly phases: readonly DownloadPhase[];
}

async function deliver({ file, damage }: DeliveryTask): Promise<DeliveryResult> {
  const store = await openStore();
  const phases = new Set<DownloadPhase>();
  const cache = openModelCache('model', { store, onProgress: ({ phase }) => phases.add(phase) });
  const source = await cache.open(file);
  if (damage !== undefined) {
    const bucket = await store.bucket('model');
    for (const name of await bucket.names()) {
      const bytes = name.includes(`/${damage}.`) ? await bucket.read(name) : undefined;
      if (bytes === undefined) continue;
      bytes[1] = (bytes[1] ?? 0) ^ 4;
      await bucket.write(name, bytes);
    }
  }
  const read = await source.read(0, source.size);
  await cache.commit();
  const { complete } = await cache.storageStatus([file]);
  cache.close();
  return { sha256: await sha256(read), kind: store.kind, complete, phases: [...phases] };
}

if ('document' in globalThis) Object.assign(globalThis, { deliver });
else {
  addEventListener('connect', (event) => {
    const [port] = (event as MessageEvent).ports;
    if (port === undefined) return;
    port.onmessage = ({ data }: MessageEvent<DeliveryTask>) => {
      deliver(data).then(
        (result) => port.postMessage(result),
        (cause: unknown) => port.postMessage(String(cause)),
      );
    };
  });
}
