import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { SttError } from '../../../src/errors.js';
import type { ModelCache, ModelCacheOptions } from '../../../src/download/types.js';
import { openModelCache } from '../../../src/download/model-cache.js';
import type { Fault, HubRequest } from '../../hub/faults.js';
import { startHub, type Hub } from '../../hub/hub.js';
import { randomBytes, seeded } from '../../hub/random.js';
import { testStore, testThread, type TestStore } from './rig.js';

const STALL_MS = 2000;
const bytes = randomBytes(seeded(11), 600_000);

describe('rangeSource', () => {
  let hub: Hub;
  let fault: (request: HubRequest) => Fault = () => ({});
  let store: TestStore;
  const openedCaches: ModelCache[] = [];
  const openCache = (options: Partial<ModelCacheOptions> = {}): ModelCache => {
    const environment = testThread(seeded(5), STALL_MS);
    const opened = openModelCache('model', { store, environment, stallMs: STALL_MS, ...options });
    openedCaches.push(opened);
    return opened;
  };
  const file = (): { url: string } => ({ url: hub.url('big.safetensors') });
  const ranges = (): string[] => hub.requests.filter(({ at }) => at === 'storage').map(({ range }) => String(range));

  beforeEach(async () => {
    fault = () => ({});
    store = testStore();
    hub = await startHub({ faults: (request) => fault(request) });
    hub.put('big.safetensors', bytes);
  });
  afterEach(async () => {
    openedCaches.splice(0).forEach((opened) => opened.close());
    await hub.close();
  });

  it('downloads exactly the bytes that are read, each once', async () => {
    const source = await openCache().openSparse(file());
    assert.equal(source.size, bytes.length);
    assert.deepEqual(await source.read(0, 8), bytes.slice(0, 8));
    assert.deepEqual(await source.read(8, 3000), bytes.slice(8, 3008));
    assert.deepEqual(await source.read(500_000, 50_000), bytes.slice(500_000, 550_000));
    assert.deepEqual(await source.read(510_000, 99), bytes.slice(510_000, 510_099));
    assert.deepEqual(ranges(), ['0,7', '8,3007', '500000,549999']);
    assert.equal(hub.sentBytes, 8 + 3000 + 50_000);
  });

  it('needs no request at the next visit, as storageStatus reports', async () => {
    const first = openCache();
    const source = await first.openSparse(file());
    await source.read(400, 600);
    await first.commit();
    first.close();
    const asked = hub.requests.length;
    const second = openCache();
    assert.deepEqual(await second.storageStatus([{ ...file(), sparse: true }]), {
      storedBytes: 608,
      totalBytes: 608,
      complete: true,
    });
    const again = await second.open({ ...file(), sparse: true });
    assert.deepEqual(await again.read(400, 600), bytes.slice(400, 1000));
    assert.equal(hub.requests.length, asked);
  });

  it('survives cuts, failed connections and stalls, and reads stored pieces after the cache is closed', async () => {
    fault = ({ at, index }) =>
      at === 'storage' && index < 8 ? ([{ cutAfter: 5 }, { refuses: true }, { hangs: true }][index % 3] ?? {}) : {};
    const one = openCache();
    const source = await one.openSparse(file());
    assert.deepEqual(await source.read(100_000, 70_000), bytes.slice(100_000, 170_000));
    one.close();
    assert.deepEqual(await source.read(100_000, 70_000), bytes.slice(100_000, 170_000));
  });

  it('downloads a damaged piece again', async () => {
    const source = await openCache().openSparse(file());
    await source.read(1000, 500);
    assert.equal(await store.damage((name) => name.includes('/at-1000.')), 1);
    assert.deepEqual(await source.read(1000, 500), bytes.slice(1000, 1500));
    assert.deepEqual(ranges(), ['0,7', '1000,1499', '1000,1499']);
  });

  it('reads at most 16 MiB from a server that ignores ranges', async () => {
    fault = ({ at }) => (at === 'storage' ? { ignoresRange: true } : {});
    const source = await openCache().openSparse(file());
    assert.deepEqual(await source.read(300_000, 100), bytes.slice(300_000, 300_100));
    hub.put('huge.safetensors', new Uint8Array(17 * 1024 * 1024));
    const huge = await openCache().openSparse({ url: hub.url('huge.safetensors') });
    await assert.rejects(huge.read(16 * 1024 * 1024, 100), /the response is the whole file, expected 100 bytes/);
  });

  it('rejects if the file was replaced, instead of mixing two versions', async () => {
    const source = await openCache().openSparse(file());
    hub.put('big.safetensors', randomBytes(seeded(12), bytes.length));
    await assert.rejects(
      source.read(1000, 10),
      (error) => error instanceof SttError && error.code === 'network' && /was replaced/.test(error.message),
    );
    const again = await openCache().openSparse(file());
    assert.equal(again.size, bytes.length);
  });
});
